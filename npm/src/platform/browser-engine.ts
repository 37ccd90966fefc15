/** What the engine needs from a browser; runs in pages and workers. */
import { VoiceprintError } from '../error.js';
import type { EnginePlatform } from './platform.js';
import { readHttp } from './read-http.js';

export const browserEngine: EnginePlatform = {
  readAsset: readHttp,
  openFile: async () => {
    throw new VoiceprintError('invalid_argument', 'Only Node opens paths: fetch the file and pass its Blob.');
  },
  decode: async () => {
    throw new VoiceprintError('unsupported_format', 'Workers decode only WAV: call from the page, or convert to WAV.');
  },
};
