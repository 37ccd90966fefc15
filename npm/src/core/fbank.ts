/** Log-mel energies without mean normalisation, for pictures, parity tests and benchmarks. */
import type { FrontEndOptions } from '../model/manifest.js';
import { fbankFields } from './front-end.js';
import type { Core } from './module.js';

export class Fbank {
  readonly bins: number;
  /** Samples of one frame and between two frames. */
  readonly frameLength: number;
  readonly frameShift: number;
  private pointer: number;

  constructor(
    private readonly core: Core,
    options: FrontEndOptions,
  ) {
    this.bins = options.fbank.numMelBins;
    this.frameLength = (options.sampleRateHz * options.fbank.frameLengthMs) / 1000;
    this.frameShift = (options.sampleRateHz * options.fbank.frameShiftMs) / 1000;
    const fields = fbankFields(options);
    this.pointer = core.scratch(fields.byteLength, (optionsAt) =>
      core.scratch(4, (out) => {
        core.doubles(optionsAt, fields.length).set(fields);
        core.check(core.c.vp_fbank_create(optionsAt, out));
        return core.uint(out);
      }),
    );
  }

  /** Row-major [frames][bins] of samples at the model's rate; no rows below one frame. */
  compute(samples: Float32Array): Float32Array<ArrayBuffer> {
    const { core, bins } = this;
    return core.scratch(samples.byteLength, (samplesAt) => {
      core.floats(samplesAt, samples.length).set(samples);
      const numFrames = core.scratch(4, (out) => {
        core.check(core.c.vp_fbank_num_frames(this.pointer, samples.length, out));
        return core.uint(out);
      });
      if (numFrames === 0) return new Float32Array();
      return core.scratch(numFrames * bins * 4, (featuresAt) => {
        core.check(core.c.vp_fbank_compute(this.pointer, samplesAt, samples.length, featuresAt));
        return new Float32Array(core.floats(featuresAt, numFrames * bins));
      });
    });
  }

  dispose(): void {
    this.core.c.vp_fbank_destroy(this.pointer);
    this.pointer = 0;
  }
}
