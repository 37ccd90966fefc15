/** Speaker verification in browsers. `index.node.ts` is the same for Node. */
import { microphone } from './audio/recorder.js';
import type { GalleryStore } from './gallery-types.js';
import { browser } from './platform/browser.js';
import { unavailableStore } from './store/elsewhere.js';
import type * as api from './types.js';
import { voiceprintLoader } from './voiceprint.js';

export type * from './diarization-types.js';
export { VoiceprintError, type VoiceprintErrorCode } from './error.js';
export type * from './gallery-types.js';
export type * from './live-types.js';
export { deviceKey } from './store/device-key.js';
export { encryptedStore, type GalleryKey } from './store/encrypted.js';
export { indexedDbStore } from './store/indexed-db.js';
export { memoryStore } from './store/memory.js';
export type * from './types.js';

export interface Voiceprint extends api.Voiceprint {}
export const Voiceprint: api.VoiceprintLoader = voiceprintLoader(browser);

export interface Recorder extends api.Recorder {}
export const Recorder: api.RecorderStarter = microphone;

/** In Node: a gallery in one file, shared by processes. */
export const fileStore = (path: string): GalleryStore =>
  unavailableStore(`Browsers have no files: "${path}" cannot be a gallery. Use indexedDbStore().`);
