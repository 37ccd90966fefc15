/** What a page adds to what the engine needs: decoding by the browser, and starting workers. */
import { decodeInBrowser } from '../audio/browser-decoder.js';
import { blobSource, memorySource } from '../audio/byte-source.js';
import { identify } from '../audio/open-stream.js';
import { type AudioSource, toSource } from '../audio/source.js';
import { VoiceprintError } from '../error.js';
import { browserEngine } from './browser-engine.js';
import type { Platform } from './platform.js';
import { readHttp } from './read-http.js';

function resolve(place: string | URL): URL {
  try {
    return new URL(place, globalThis.document?.baseURI ?? globalThis.location?.href);
  } catch (error) {
    throw new VoiceprintError('invalid_argument', `"${place}" is no URL.`, { cause: error });
  }
}

/** What is a path in Node is a URL in a page. */
async function fetched(source: AudioSource, signal: AbortSignal): Promise<AudioSource> {
  if (source.kind !== 'path') return source;
  const url = resolve(source.path).href;
  const bytes = await readHttp(url, { signal });
  if (bytes === null) throw new VoiceprintError('io', `${url} could not be read: there is no such file.`);
  return { kind: 'bytes', bytes };
}

export const browser: Platform = {
  ...browserEngine,
  maxThreads: 64,
  prepare: async (recording, signal) => {
    const source = await fetched(toSource(recording), signal);
    switch (source.kind) {
      case 'pcm':
      case 'path':
        return source;
      case 'bytes':
      case 'blob': {
        const bytes = source.kind === 'bytes' ? memorySource(source.bytes) : blobSource(source.blob);
        const info = await identify(bytes);
        return info.container === 'wav' ? source : decodeInBrowser(bytes, info);
      }
    }
  },
  resolve,
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
