/** Entry of the worker in browsers. */
import { browserEngine } from '../platform/browser-engine.js';
import { serve } from './serve.js';

declare const self: DedicatedWorkerGlobalScope;

serve(
  {
    post: (message) => self.postMessage(message),
    listen: (onMessage) => self.addEventListener('message', ({ data }) => onMessage(data)),
  },
  browserEngine,
);
