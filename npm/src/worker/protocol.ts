/** Messages between the calling thread and the worker. A worker does one request at a time. */
import type { EngineCall, EngineResult, LoadRequest } from '../engine.js';
import type { SerialisedError } from '../error.js';
import type { ModelInfo } from '../types.js';

export type Request =
  | { readonly kind: 'load'; readonly load: LoadRequest }
  | { readonly kind: 'call'; readonly call: EngineCall };

export type ToWorker = (Request & { readonly id: number }) | { readonly kind: 'abort'; readonly id: number };

export type FromWorker =
  | { readonly kind: 'progress'; readonly id: number; readonly fraction: number }
  | { readonly kind: 'done'; readonly id: number; readonly value: ModelInfo | EngineResult }
  | { readonly kind: 'failed'; readonly id: number; readonly error: SerialisedError };
