/** Entry of the worker in Node. */
import { parentPort } from 'node:worker_threads';
import { nodeEngine } from '../platform/node-engine.js';
import { serve } from './serve.js';

const port = parentPort;
if (port) {
  serve(
    {
      post: (message) => port.postMessage(message),
      listen: (onMessage) => port.on('message', onMessage),
    },
    nodeEngine,
  );
}
