/** Speaker verification in Node: the API of `index.ts`, with paths and worker threads, without a microphone. */
import { VoiceprintError } from './error.js';
import { node } from './platform/node.js';
import type * as api from './types.js';
import { voiceprintLoader } from './voiceprint.js';

export { VoiceprintError, type VoiceprintErrorCode } from './error.js';
export type * from './types.js';

export type Voiceprint = api.Voiceprint;
export const Voiceprint: api.VoiceprintLoader = voiceprintLoader(node);

export type Recorder = api.Recorder;
export const Recorder: api.RecorderStarter = {
  start: async () => {
    throw new VoiceprintError('unsupported_environment', 'Node has no microphone: record in a browser.');
  },
};
