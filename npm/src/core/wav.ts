/** The strict WAV reader of the core: a header from the start of a file, then any run of whole frames. */
import type { Core } from './module.js';

const FORMAT_FIELDS = 7;
const BYTES_PER_DOUBLE = 8;

export class WavFormat {
  private constructor(
    private readonly core: Core,
    private readonly fields: Float64Array,
  ) {}

  /** `head` is at least everything before the first sample, or the whole file of `fileBytes` bytes. */
  static parse(core: Core, head: Uint8Array, fileBytes: number): WavFormat {
    return core.scratch(head.length + 1, (headAt) =>
      core.scratch(FORMAT_FIELDS * BYTES_PER_DOUBLE, (formatAt) => {
        core.bytes(headAt, head.length).set(head);
        core.check(core.c.vp_wav_parse(headAt, head.length, fileBytes, formatAt));
        return new WavFormat(core, core.doubles(formatAt, FORMAT_FIELDS).slice());
      }),
    );
  }

  get sampleRateHz(): number {
    return this.field(3);
  }

  /** Bytes before the first frame. */
  get dataOffset(): number {
    return this.field(4);
  }

  get numFrames(): number {
    return this.field(5);
  }

  get bytesPerFrame(): number {
    return this.field(6);
  }

  /** Whole frames to mono in [-1, 1]. */
  decode(bytes: Uint8Array): Float32Array<ArrayBuffer> {
    const { core } = this;
    const numFrames = bytes.length / this.bytesPerFrame;
    return core.scratch(FORMAT_FIELDS * BYTES_PER_DOUBLE, (formatAt) =>
      core.scratch(bytes.length, (bytesAt) =>
        core.scratch(numFrames * 4, (monoAt) => {
          core.doubles(formatAt, FORMAT_FIELDS).set(this.fields);
          core.bytes(bytesAt, bytes.length).set(bytes);
          core.check(core.c.vp_wav_decode(formatAt, bytesAt, numFrames, monoAt));
          return new Float32Array(core.floats(monoAt, numFrames));
        }),
      ),
    );
  }

  private field(index: number): number {
    return this.fields[index] ?? Number.NaN;
  }
}
