/** The engine on the calling thread: no worker, no time-out. */
import { Engine, type EngineCall, type EngineResult, type LoadRequest } from '../engine.js';
import { asVoiceprintError, VoiceprintError } from '../error.js';
import type { EnginePlatform } from '../platform/platform.js';
import { Task } from '../task.js';
import type { CallOptions, ModelInfo, OnnxRuntime } from '../types.js';
import { callProgress } from './call-progress.js';
import type { EngineHost } from './engine-host.js';
import { SerialQueue } from './serial-queue.js';

export class LocalHost implements EngineHost {
  private readonly queue = new SerialQueue();
  private readonly disposal = new AbortController();

  private constructor(private readonly engine: Engine) {}

  static async load(
    request: LoadRequest,
    platform: EnginePlatform,
    options: CallOptions,
    ort: OnnxRuntime | null,
  ): Promise<LocalHost> {
    return new LocalHost(await Engine.load(request, platform, taskOf(options, []), ort));
  }

  get model(): ModelInfo {
    return this.engine.model;
  }

  async run(call: EngineCall, _transfer: readonly ArrayBuffer[], options: CallOptions): Promise<EngineResult> {
    const { signal: disposal } = this.disposal;
    try {
      return await this.queue.run(() => {
        if (disposal.aborted) throw disposal.reason;
        return this.engine.run(call, taskOf(options, [disposal]));
      }, options.signal);
    } catch (error) {
      throw disposal.aborted ? disposal.reason : asVoiceprintError(error);
    }
  }

  async dispose(): Promise<void> {
    if (this.disposal.signal.aborted) return;
    this.disposal.abort(new VoiceprintError('disposed', 'This Voiceprint was disposed of.'));
    await this.queue.run(() => this.engine.dispose(), undefined);
  }
}

function taskOf({ signal, onProgress }: CallOptions, others: readonly AbortSignal[]): Task {
  return new Task(AbortSignal.any([...(signal ? [signal] : []), ...others]), (fraction) =>
    callProgress(onProgress, fraction),
  );
}
