/** What a page adds to what the engine needs: decoding by the browser, and starting workers. */
import { decodeInBrowser } from '../audio/browser-decoder.js';
import { blobSource, memorySource } from '../audio/byte-source.js';
import { identify } from '../audio/open-stream.js';
import { toSource } from '../audio/source.js';
import { VoiceprintError } from '../error.js';
import { browserEngine } from './browser-engine.js';
import type { Platform } from './platform.js';

export const browser: Platform = {
  ...browserEngine,
  maxThreads: 64,
  prepare: async (recording) => {
    const source = toSource(recording);
    switch (source.kind) {
      case 'pcm':
        return source;
      case 'path':
        throw new VoiceprintError('invalid_argument', 'Only Node opens paths: fetch the file and pass its Blob.');
      case 'bytes':
      case 'blob': {
        const bytes = source.kind === 'bytes' ? memorySource(source.bytes) : blobSource(source.blob);
        const info = await identify(bytes);
        return info.container === 'wav' ? source : decodeInBrowser(bytes, info);
      }
    }
  },
  resolve: (place) => {
    try {
      return new URL(place, globalThis.document?.baseURI ?? globalThis.location?.href);
    } catch (error) {
      throw new VoiceprintError('invalid_argument', `"${place}" is no URL.`, { cause: error });
    }
  },
  spawnWorker: (assetBase) => {
    const worker = assetBase
      ? new Worker(new URL('worker/browser-worker.js', assetBase), { type: 'module' })
      : new Worker(new URL('../worker/browser-worker.js', import.meta.url), { type: 'module' });
    return {
      post: (message, transfer) => worker.postMessage(message, [...transfer]),
      listen: (onMessage, onFailure) => {
        worker.onmessage = ({ data }) => onMessage(data);
        worker.onmessageerror = () => onFailure(new Error('a message could not be copied'));
        worker.onerror = (event) => onFailure(new Error(event.message || 'its script could not be loaded'));
      },
      setBusy: () => {},
      terminate: () => worker.terminate(),
    };
  },
};
