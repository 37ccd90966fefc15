/** Runs tasks one after another, in the order of their arrival. */
import { abortedError, throwIfAborted } from '../error.js';

export class SerialQueue {
  private tail: Promise<unknown> = Promise.resolve();

  /** Rejects with `aborted` as soon as the signal fires; a task that runs by then keeps its place until it ends. */
  run<T>(task: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const result = this.tail.then(() => {
      throwIfAborted(signal);
      return task();
    });
    this.tail = result.catch(() => {});
    return signal ? rejectOnAbort(result, signal) : result;
  }
}

function rejectOnAbort<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(abortedError(signal));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
