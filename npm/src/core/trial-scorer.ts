/** Two recordings' embeddings and qualities in, cosine, normalised score and LLR out: `voiceprint/trial_scorer.h`. */
import { VoiceprintError } from '../error.js';
import { type Manifest, QUALITY_MEASURES, SCORE_KINDS } from '../model/manifest.js';
import type { Quality } from '../types.js';
import type { Core } from './module.js';

export interface TrialSide {
  /** `embedding_dim` values. */
  readonly vector: Float32Array;
  /** What calibrations read. */
  readonly quality: Pick<Quality, 'netSpeechS' | 'snrDb' | 'bandwidthHz'>;
}

export interface TrialScore {
  readonly score: number;
  /** null where the calibration uses no cohort. */
  readonly asNorm: number | null;
  readonly llr: number;
}

/** Of n sides, [n][n]. */
export interface AllScores {
  readonly scores: Float32Array<ArrayBuffer>;
  readonly llrs: Float32Array<ArrayBuffer>;
}

const OPTION_FIELDS = 5;
const TERM_FIELDS = 4;
const QUALITY_FIELDS = 7;
const STATISTICS_FIELDS = 2;
const SCORE_FIELDS = 3;
const SHA256_BYTES = 32;

export class TrialScorer {
  private pointer: number;
  private readonly dimension: number;
  private readonly hasCohort: boolean;

  /** Throws `manifest_invalid` where calibration, cohort and embedding size do not belong together, `model_corrupt` for a cohort file that cannot be read. */
  constructor(
    private readonly core: Core,
    manifest: Manifest,
    cohort: Uint8Array | null,
  ) {
    this.dimension = manifest.tensors.embeddingDim;
    this.hasCohort = manifest.cohort !== null;
    try {
      this.pointer = create(core, manifest, cohort ?? new Uint8Array(0));
    } catch (error) {
      if (!(error instanceof VoiceprintError) || error.code === 'out_of_memory') throw error;
      const code = error.code === 'invalid_argument' ? 'manifest_invalid' : 'model_corrupt';
      throw new VoiceprintError(code, `The model's calibration cannot be used. ${error.message}`, { cause: error });
    }
  }

  /** Symmetric in the two sides. Throws `undefined_value` for a zero or non-finite vector. */
  score(a: TrialSide, b: TrialSide): TrialScore {
    const { core } = this;
    this.checkLength(a.vector);
    this.checkLength(b.vector);
    const numBytes = (2 * QUALITY_FIELDS + SCORE_FIELDS) * 8 + a.vector.byteLength + b.vector.byteLength;
    return core.scratch(numBytes, (qualitiesAt) => {
      const scoreAt = qualitiesAt + 2 * QUALITY_FIELDS * 8;
      const aAt = scoreAt + SCORE_FIELDS * 8;
      const bAt = aAt + a.vector.byteLength;
      core.doubles(qualitiesAt, 2 * QUALITY_FIELDS).set([...qualityFields(a.quality), ...qualityFields(b.quality)]);
      core.floats(aAt, a.vector.length).set(a.vector);
      core.floats(bAt, b.vector.length).set(b.vector);
      const qualityB = qualitiesAt + QUALITY_FIELDS * 8;
      core.check(core.c.vp_trial_scorer_score(this.pointer, aAt, qualitiesAt, 0, bAt, qualityB, 0, scoreAt));
      const [score = Number.NaN, asNorm = Number.NaN, llr = Number.NaN] = core.doubles(scoreAt, SCORE_FIELDS);
      return { score, asNorm: Number.isNaN(asNorm) ? null : asNorm, llr };
    });
  }

  /** `score` of every pair, row-major; calls `onRow` after each row. */
  async scoreAll(sides: readonly TrialSide[], onRow: (row: number) => Promise<void>): Promise<AllScores> {
    const { core, dimension } = this;
    const size = sides.length;
    const scores = new Float32Array(size * size);
    const llrs = new Float32Array(size * size);
    const sideBytes = (QUALITY_FIELDS + STATISTICS_FIELDS) * 8 + Math.ceil(dimension / 2) * 8;
    const sidesAt = core.alloc(size * sideBytes + SCORE_FIELDS * 8);
    try {
      const quality = (i: number) => sidesAt + i * sideBytes;
      const statistics = (i: number) => (this.hasCohort ? quality(i) + QUALITY_FIELDS * 8 : 0);
      const vector = (i: number) => quality(i) + (QUALITY_FIELDS + STATISTICS_FIELDS) * 8;
      const scoreAt = sidesAt + size * sideBytes;
      sides.forEach((side, i) => {
        this.checkLength(side.vector);
        core.doubles(quality(i), QUALITY_FIELDS).set(qualityFields(side.quality));
        core.floats(vector(i), dimension).set(side.vector);
        if (this.hasCohort) core.check(core.c.vp_trial_scorer_statistics(this.pointer, vector(i), statistics(i)));
      });
      for (let i = 0; i < size; i++) {
        for (let j = i; j < size; j++) {
          core.check(
            core.c.vp_trial_scorer_score(
              this.pointer,
              vector(i),
              quality(i),
              statistics(i),
              vector(j),
              quality(j),
              statistics(j),
              scoreAt,
            ),
          );
          const [score = Number.NaN, , llr = Number.NaN] = core.doubles(scoreAt, SCORE_FIELDS);
          scores[i * size + j] = scores[j * size + i] = score;
          llrs[i * size + j] = llrs[j * size + i] = llr;
        }
        await onRow(i);
      }
      return { scores, llrs };
    } finally {
      core.c.vp_free(sidesAt);
    }
  }

  /** The core reads `dimension` values, whatever there is. */
  private checkLength({ length }: Float32Array): void {
    if (length === this.dimension) return;
    throw new VoiceprintError(
      'invalid_argument',
      `An embedding of this model has ${this.dimension} values, this one has ${length}.`,
    );
  }

  dispose(): void {
    this.core.c.vp_trial_scorer_destroy(this.pointer);
    this.pointer = 0;
  }
}

function create(core: Core, manifest: Manifest, cohort: Uint8Array): number {
  const { calibration, tensors, onnx } = manifest;
  const options = [
    tensors.embeddingDim,
    SCORE_KINDS.indexOf(calibration.score),
    calibration.scale,
    calibration.offset,
    manifest.cohort?.topN ?? 0,
  ];
  const terms = calibration.terms.flatMap(({ measure, weight, low, high }) => [
    QUALITY_MEASURES.indexOf(measure),
    weight,
    low,
    high,
  ]);
  const numDoubles = OPTION_FIELDS + terms.length;
  return core.scratch(numDoubles * 8 + 4 + SHA256_BYTES + cohort.length, (optionsAt) => {
    const outAt = optionsAt + numDoubles * 8;
    const sha256At = outAt + 4;
    const cohortAt = sha256At + SHA256_BYTES;
    core.doubles(optionsAt, numDoubles).set([...options, ...terms]);
    core.bytes(sha256At, SHA256_BYTES).set(bytesOfHex(onnx.sha256));
    core.bytes(cohortAt, cohort.length).set(cohort);
    const termsAt = optionsAt + OPTION_FIELDS * 8;
    const numTerms = terms.length / TERM_FIELDS;
    core.check(core.c.vp_trial_scorer_create(optionsAt, termsAt, numTerms, cohortAt, cohort.length, sha256At, outAt));
    return core.uint(outAt);
  });
}

/** In the order of `vp_quality`. */
function qualityFields({ netSpeechS, snrDb, bandwidthHz }: TrialSide['quality']): number[] {
  const notRead = 0;
  return [notRead, netSpeechS, notRead, notRead, notRead, snrDb, bandwidthHz];
}

function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
}
