/** Where the engine lives, as the facade sees it: a worker or the calling thread. */
import type { EngineCall, EngineResult } from '../engine.js';
import type { CallOptions, ModelInfo } from '../types.js';

export interface EngineHost {
  readonly model: ModelInfo;
  /** `transfer`: memory of the call that the host may take. */
  run(call: EngineCall, transfer: readonly ArrayBuffer[], options: CallOptions): Promise<EngineResult>;
  dispose(): Promise<void>;
}
