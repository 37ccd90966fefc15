/** Where the time of a call goes. */
import type { Embedding, Timing } from './types.js';

/** An embedding, and how long it took: no time where it was there before. */
export interface TimedEmbedding extends Embedding {
  readonly timing: Timing;
}

export const NO_TIME: Timing = { decodeMs: 0, frontEndMs: 0, networkMs: 0 };

export function addTimings(a: Timing, b: Timing): Timing {
  return {
    decodeMs: a.decodeMs + b.decodeMs,
    frontEndMs: a.frontEndMs + b.frontEndMs,
    networkMs: a.networkMs + b.networkMs,
  };
}

/** Books the time that passes on one stage after another. */
export class StageClock {
  private readonly booked = { ...NO_TIME };
  private lastMs = performance.now();

  get timing(): Timing {
    return { ...this.booked };
  }

  /** The time since the latest booking was this stage's. */
  book(stage: keyof Timing): void {
    const nowMs = performance.now();
    this.booked[stage] += nowMs - this.lastMs;
    this.lastMs = nowMs;
  }

  /** It was nobody's. */
  skip(): void {
    this.lastMs = performance.now();
  }
}
