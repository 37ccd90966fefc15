/** Band-limited resampling in a stream: however the input is cut, the output is the same. */
import type { Core } from './module.js';

export class Resampler {
  private pointer: number;

  /** Throws `invalid_argument` for rates that the core does not convert. */
  constructor(
    private readonly core: Core,
    inputRateHz: number,
    outputRateHz: number,
  ) {
    this.pointer = core.scratch(4, (out) => {
      core.check(core.c.vp_resampler_create(inputRateHz, outputRateHz, out));
      return core.uint(out);
    });
  }

  /** Every output sample that `samples` completes. */
  push(samples: Float32Array): Float32Array<ArrayBuffer> {
    const { core } = this;
    return core.scratch(samples.byteLength, (at) => {
      core.floats(at, samples.length).set(samples);
      return this.output((out, numOut) => core.c.vp_resampler_push(this.pointer, at, samples.length, out, numOut));
    });
  }

  /** The tail; the resampler is then as new. */
  finish(): Float32Array<ArrayBuffer> {
    return this.output((out, numOut) => this.core.c.vp_resampler_finish(this.pointer, out, numOut));
  }

  dispose(): void {
    this.core.c.vp_resampler_destroy(this.pointer);
    this.pointer = 0;
  }

  private output(call: (out: number, numOut: number) => number): Float32Array<ArrayBuffer> {
    const { core } = this;
    return core.scratch(8, (at) => {
      core.check(call(at, at + 4));
      return new Float32Array(core.floats(core.uint(at), core.uint(at + 4)));
    });
  }
}
