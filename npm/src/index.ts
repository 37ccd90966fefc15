/** Speaker verification in browsers. `index.node.ts` is the same for Node. */
import { microphone } from './audio/recorder.js';
import { browser } from './platform/browser.js';
import type * as api from './types.js';
import { voiceprintLoader } from './voiceprint.js';

export { VoiceprintError, type VoiceprintErrorCode } from './error.js';
export type * from './types.js';

export type Voiceprint = api.Voiceprint;
export const Voiceprint: api.VoiceprintLoader = voiceprintLoader(browser);

export type Recorder = api.Recorder;
export const Recorder: api.RecorderStarter = microphone;
