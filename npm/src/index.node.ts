/** Speaker verification in Node: the API of `index.ts`, with paths and worker threads, without a microphone. */
import { VoiceprintError } from './error.js';
import type { GalleryStore } from './gallery-types.js';
import { node } from './platform/node.js';
import { unavailableStore } from './store/elsewhere.js';
import type * as api from './types.js';
import { voiceprintLoader } from './voiceprint.js';

export type * from './diarization-types.js';
export { VoiceprintError, type VoiceprintErrorCode } from './error.js';
export type * from './gallery-types.js';
export type * from './live-types.js';
export { encryptedStore, type GalleryKey } from './store/encrypted.js';
export { fileStore } from './store/file.js';
export { memoryStore } from './store/memory.js';
export type * from './types.js';

export interface Voiceprint extends api.Voiceprint {}
export const Voiceprint: api.VoiceprintLoader = voiceprintLoader(node);

async function noMicrophone(): Promise<never> {
  throw new VoiceprintError('unsupported_environment', 'Node has no microphone: record in a browser.');
}

export interface Recorder extends api.Recorder {}
export const Recorder: api.RecorderStarter = {
  devices: noMicrophone,
  start: noMicrophone,
};

/** In browsers: a gallery that all tabs of the origin share. */
export const indexedDbStore = (name = 'voiceprint-gallery'): GalleryStore =>
  unavailableStore(`Node has no IndexedDB for "${name}". Use fileStore(path).`);

/** In browsers: a key that never leaves the browser. */
export const deviceKey = async (_name?: string): Promise<CryptoKey> => {
  throw new VoiceprintError('storage_unavailable', 'Node keeps no keys: use a passphrase, or a key of your own.');
};
