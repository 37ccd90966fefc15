/** Samples in, segments of features (less their mean) and signal quality out: the front end that trained the network. */
import {
  FEATURE_KINDS,
  type FrontEndOptions,
  featureBins,
  MEAN_NORMALISATIONS,
  type QualityLimits,
} from '../model/manifest.js';
import type { Quality, QualityReason } from '../types.js';
import type { Core } from './module.js';

/** Bits of `QualityReason` (`voiceprint/quality.h`), lowest first. */
const REASONS: readonly QualityReason[] = [
  'too_short',
  'too_quiet',
  'clipped',
  'noisy',
  'no_speech',
  'different_speaker',
  'band_limited',
];
const QUALITY_FIELDS = 7;
const LIMIT_FIELDS = 5;

/** Features of one stretch of speech, row-major [numFrames][bins]. */
export interface Segment {
  readonly values: Float32Array<ArrayBuffer>;
  readonly numFrames: number;
}

/** The first seven fields of `vp_front_end_options`, where features are Fbank. */
export function fbankFields({ sampleRateHz, fbank }: FrontEndOptions): Float64Array {
  return Float64Array.of(
    sampleRateHz,
    fbank.numMelBins,
    fbank.lowFrequencyHz,
    fbank.highFrequencyHz,
    fbank.frameLengthMs,
    fbank.frameShiftMs,
    fbank.preemphasis,
  );
}

/** In the order of `vp_front_end_options`. */
function frontEndFields(options: FrontEndOptions): Float64Array {
  const { spectrogram, vad, crop } = options;
  const features =
    spectrogram === null
      ? fbankFields(options)
      : [
          options.sampleRateHz,
          spectrogram.numMelBins,
          spectrogram.lowFrequencyHz,
          spectrogram.highFrequencyHz,
          spectrogram.frameLengthMs,
          spectrogram.frameShiftMs,
          0,
        ];
  return Float64Array.of(
    ...features,
    vad.minLevelDbfs,
    vad.marginDb,
    vad.padMs,
    vad.minSpeechMs,
    vad.maxGapMs,
    crop.windowS,
    crop.maxSegmentS,
    crop.maxSpeechS,
    FEATURE_KINDS.indexOf(options.featureKind),
    spectrogram?.numCoefficients ?? 0,
    MEAN_NORMALISATIONS.indexOf(options.meanNormalisation),
  );
}

export class FrontEnd {
  private pointer: number;

  /** Throws `invalid_argument` for a rate outside 8 to 192 kHz. */
  constructor(
    private readonly core: Core,
    private readonly options: FrontEndOptions,
    inputRateHz: number,
  ) {
    const fields = frontEndFields(options);
    this.pointer = core.scratch(fields.byteLength, (optionsAt) =>
      core.scratch(4, (out) => {
        core.doubles(optionsAt, fields.length).set(fields);
        core.check(core.c.vp_front_end_create(optionsAt, inputRateHz, out));
        return core.uint(out);
      }),
    );
  }

  /** Throws `non_finite_sample`, naming the sample. */
  push(samples: Float32Array): void {
    const { core } = this;
    core.scratch(samples.byteLength, (at) => {
      core.floats(at, samples.length).set(samples);
      core.check(core.c.vp_front_end_push(this.pointer, at, samples.length));
    });
  }

  /** Ends the recording. Throws `empty_audio` if there was no sample. */
  finish(): void {
    this.core.check(this.core.c.vp_front_end_finish(this.pointer));
  }

  /** With `ofSpeechS` in the place of all net speech: as if so much were in hand. */
  quality(limits: QualityLimits, ofSpeechS?: number): Quality {
    const { core } = this;
    return core.scratch((QUALITY_FIELDS + LIMIT_FIELDS) * 8 + 4, (at) => {
      const limitsAt = at + QUALITY_FIELDS * 8;
      const reasonsAt = limitsAt + LIMIT_FIELDS * 8;
      core.check(core.c.vp_front_end_quality(this.pointer, at));
      if (ofSpeechS !== undefined) core.doubles(at, QUALITY_FIELDS)[1] = ofSpeechS;
      core
        .doubles(limitsAt, LIMIT_FIELDS)
        .set([
          limits.minNetSpeechS,
          limits.minLevelDbfs,
          limits.maxClippedFraction,
          limits.minSnrDb,
          limits.minBandwidthHz,
        ]);
      core.check(core.c.vp_quality_reasons(at, limitsAt, reasonsAt));
      const bits = core.uint(reasonsAt);
      const [
        durationS = 0,
        netSpeechS = 0,
        levelDbfs = 0,
        peakDbfs = 0,
        clippedFraction = 0,
        snrDb = 0,
        bandwidthHz = 0,
      ] = core.doubles(at, QUALITY_FIELDS);
      return {
        ok: core.c.vp_is_inconclusive(bits) === 0,
        reasons: REASONS.filter((_, bit) => (bits >> bit) & 1),
        durationS,
        netSpeechS,
        levelDbfs,
        peakDbfs,
        clippedFraction,
        snrDb,
        bandwidthHz,
      };
    });
  }

  segments(): Segment[] {
    const { core } = this;
    const bins = featureBins(this.options);
    return core.scratch(8, (at) => {
      core.check(core.c.vp_front_end_num_segments(this.pointer, at));
      return Array.from({ length: core.uint(at) }, (_, index) => {
        core.check(core.c.vp_front_end_segment(this.pointer, index, at, at + 4));
        const numFrames = core.uint(at + 4);
        return { values: new Float32Array(core.floats(core.uint(at), numFrames * bins)), numFrames };
      });
    });
  }

  /** Cuts the speech into short windows. Begin and end in seconds of what each decides on, interleaved. Throws `invalid_argument`. */
  planWindows(windowS: number, hopS: number): Float64Array {
    const { core } = this;
    return core.scratch(8, (at) => {
      core.check(core.c.vp_front_end_plan_windows(this.pointer, windowS, hopS, at, at + 4));
      return new Float64Array(core.doubles(core.uint(at), 2 * core.uint(at + 4)));
    });
  }

  /** Features of a planned window, as of a segment, and how long it is. */
  window(index: number): Segment & { readonly durationS: number } {
    const { core, options } = this;
    const { frameShiftMs } = options.spectrogram ?? options.fbank;
    return core.scratch(8, (at) => {
      core.check(core.c.vp_front_end_window(this.pointer, index, at, at + 4));
      const numFrames = core.uint(at + 4);
      const values = new Float32Array(core.floats(core.uint(at), numFrames * featureBins(options)));
      return { values, numFrames, durationS: (numFrames * frameShiftMs) / 1000 };
    });
  }

  /** Speech found: [begin, end] pairs in seconds. */
  intervals(): [number, number][] {
    const { core } = this;
    return core.scratch(8, (at) => {
      core.check(core.c.vp_front_end_intervals(this.pointer, at, at + 4));
      const numIntervals = core.uint(at + 4);
      const ends = core.floats(core.uint(at), 2 * numIntervals);
      return Array.from({ length: numIntervals }, (_, i) => [ends[2 * i] ?? 0, ends[2 * i + 1] ?? 0]);
    });
  }

  dispose(): void {
    this.core.c.vp_front_end_destroy(this.pointer);
    this.pointer = 0;
  }
}
