/** A worker as its owner sees it, the same for browsers and Node. */
import type { FromWorker, ToWorker } from './protocol.js';

export interface WorkerPort {
  post(message: ToWorker, transfer: readonly ArrayBuffer[]): void;
  /** `onFailure`: the worker could not start or has died. Called once, before the first post. */
  listen(onMessage: (message: FromWorker) => void, onFailure: (error: unknown) => void): void;
  /** In Node an idle worker does not keep the process alive. */
  setBusy(isBusy: boolean): void;
  terminate(): void;
}

/** The same worker from inside. */
export interface OwnerPort {
  post(message: FromWorker): void;
  listen(onMessage: (message: ToWorker) => void): void;
}
