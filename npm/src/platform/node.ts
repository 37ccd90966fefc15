/** What the calling thread adds in Node: paths and worker threads. */
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { toSource } from '../audio/source.js';
import { nodeEngine } from './node-engine.js';
import type { Platform } from './platform.js';

/** The flags of the program (`--input-type`, loaders) are not for this file. */
const NO_FLAGS: string[] = [];

export const node: Platform = {
  ...nodeEngine,
  maxThreads: 1, // the runtime's threads fetch file: URLs, which Node does not
  prepare: async (recording) => toSource(recording),
  resolve: (place) => {
    if (place instanceof URL) return place;
    return /^(https?|file):/.test(place) ? new URL(place) : pathToFileURL(place);
  },
  spawnWorker: (assetBase) => {
    const worker = assetBase
      ? new Worker(new URL('worker/node-worker.js', assetBase), { execArgv: NO_FLAGS })
      : new Worker(new URL('../worker/node-worker.js', import.meta.url), { execArgv: NO_FLAGS });
    worker.unref();
    return {
      post: (message, transfer) => worker.postMessage(message, [...transfer]),
      listen: (onMessage, onFailure) => {
        worker.on('message', onMessage);
        worker.on('error', onFailure);
      },
      setBusy: (isBusy) => (isBusy ? worker.ref() : worker.unref()),
      terminate: () => void worker.terminate(),
    };
  },
};
