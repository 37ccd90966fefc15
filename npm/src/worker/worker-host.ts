/** The engine in a worker: a queue of calls, and a new worker whenever the old one hangs or dies. */
import type { EngineCall, EngineResult, LoadRequest } from '../engine.js';
import { reviveError, VoiceprintError } from '../error.js';
import type { CallOptions, ModelInfo } from '../types.js';
import { callProgress } from './call-progress.js';
import type { EngineHost } from './engine-host.js';
import type { WorkerPort } from './port.js';
import type { FromWorker, Request } from './protocol.js';
import { SerialQueue } from './serial-queue.js';

/** The request that the worker is busy with. */
interface Exchange {
  readonly id: number;
  readonly kind: Request['kind'];
  readonly resolve: (value: ModelInfo | EngineResult) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: ((fraction: number) => void) | undefined;
  /** Restarted by every message; replaces the worker when it runs out. */
  watchdog: ReturnType<typeof setTimeout>;
  /** What `onProgress` threw: the worker is told to stop, and the call rejects with it once it has. */
  callerError: unknown;
}

export class WorkerHost implements EngineHost {
  private readonly queue = new SerialQueue();
  private port: WorkerPort | null = null;
  private exchange: Exchange | null = null;
  private lastId = 0;
  private loaded: ModelInfo | null = null;
  private isDisposed = false;

  private constructor(
    private readonly spawn: () => WorkerPort,
    private readonly request: LoadRequest,
    private readonly timeoutMs: number,
  ) {}

  static async load(
    spawn: () => WorkerPort,
    request: LoadRequest,
    timeoutMs: number,
    options: CallOptions,
  ): Promise<WorkerHost> {
    const host = new WorkerHost(spawn, request, timeoutMs);
    try {
      await host.queue.run(() => host.ensureWorker(options), options.signal);
      return host;
    } catch (error) {
      host.replaceWorker(error);
      throw error;
    }
  }

  get model(): ModelInfo {
    return this.loaded as ModelInfo;
  }

  run(call: EngineCall, transfer: readonly ArrayBuffer[], options: CallOptions): Promise<EngineResult> {
    return this.queue.run(async () => {
      const port = await this.ensureWorker({});
      return (await this.ask(port, { kind: 'call', call }, transfer, options)) as EngineResult;
    }, options.signal);
  }

  async dispose(): Promise<void> {
    this.isDisposed = true;
    this.replaceWorker(disposedError());
  }

  /** The running worker, or a new one with the model loaded. */
  private async ensureWorker(options: CallOptions): Promise<WorkerPort> {
    if (this.isDisposed) throw disposedError();
    if (this.port) return this.port;
    const port = this.spawn();
    this.port = port;
    port.listen(
      (message) => this.receive(message),
      (error) => this.replaceWorker(startError(error)),
    );
    this.loaded = (await this.ask(port, { kind: 'load', load: this.request }, [], options)) as ModelInfo;
    return port;
  }

  private ask(
    port: WorkerPort,
    request: Request,
    transfer: readonly ArrayBuffer[],
    { signal, onProgress }: CallOptions,
  ): Promise<ModelInfo | EngineResult> {
    const id = ++this.lastId;
    const onAbort = () => port.post({ kind: 'abort', id }, []);
    return new Promise<ModelInfo | EngineResult>((resolve, reject) => {
      this.exchange = {
        id,
        kind: request.kind,
        resolve,
        reject,
        onProgress,
        watchdog: this.startWatchdog(),
        callerError: null,
      };
      port.setBusy(true);
      port.post({ ...request, id }, transfer);
      signal?.addEventListener('abort', onAbort, { once: true });
    }).finally(() => {
      clearTimeout(this.exchange?.watchdog);
      this.exchange = null;
      port.setBusy(false);
      signal?.removeEventListener('abort', onAbort);
    });
  }

  private receive(message: FromWorker): void {
    const { exchange } = this;
    if (message.id !== exchange?.id) return;
    switch (message.kind) {
      case 'progress':
        clearTimeout(exchange.watchdog);
        exchange.watchdog = this.startWatchdog();
        this.report(exchange, message.fraction);
        break;
      case 'done':
        if (exchange.callerError === null) exchange.resolve(message.value);
        else exchange.reject(exchange.callerError);
        break;
      case 'failed': {
        const error = reviveError(message.error);
        // After a failed load there is no engine; after exhausted memory the old one cannot be trusted.
        if (exchange.kind === 'load' || error.code === 'out_of_memory')
          this.replaceWorker(exchange.callerError ?? error);
        else exchange.reject(exchange.callerError ?? error);
      }
    }
  }

  private report(exchange: Exchange, fraction: number): void {
    if (exchange.callerError !== null) return;
    try {
      callProgress(exchange.onProgress, fraction);
    } catch (error) {
      exchange.callerError = error;
      this.port?.post({ kind: 'abort', id: exchange.id }, []);
    }
  }

  private startWatchdog(): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      const seconds = this.timeoutMs / 1000;
      this.replaceWorker(
        new VoiceprintError(
          'timeout',
          `The worker was silent for ${seconds} s and has been replaced. Raise timeoutMs on slow devices.`,
        ),
      );
    }, this.timeoutMs);
  }

  /** Ends the worker and what it was doing; the next call starts a fresh one. */
  private replaceWorker(error: unknown): void {
    this.port?.terminate();
    this.port = null;
    this.exchange?.reject(error);
  }
}

function disposedError(): VoiceprintError {
  return new VoiceprintError('disposed', 'This Voiceprint was disposed of.');
}

function startError(error: unknown): VoiceprintError {
  const reason = error instanceof Error && error.message ? error.message : String(error);
  if (/memory/i.test(reason))
    return new VoiceprintError('out_of_memory', `The worker ran out of memory: ${reason}`, { cause: error });
  return new VoiceprintError(
    'unsupported_environment',
    `The worker could not start or died: ${reason}. { worker: false } works without one.`,
    {
      cause: error,
    },
  );
}
