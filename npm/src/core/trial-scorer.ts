/** Two recordings' embeddings and qualities in, cosine, normalised score and LLR out: `voiceprint/trial_scorer.h`. */
import { VoiceprintError } from '../error.js';
import { type Manifest, QUALITY_MEASURES, SCORE_KINDS } from '../model/manifest.js';
import type { Quality } from '../types.js';
import type { Core } from './module.js';

export interface TrialSide {
  /** `embedding_dim` values. */
  readonly vector: Float32Array;
  readonly quality: Quality;
}

export interface TrialScore {
  readonly score: number;
  /** null where the calibration uses no cohort. */
  readonly asNorm: number | null;
  readonly llr: number;
}

const OPTION_FIELDS = 5;
const TERM_FIELDS = 4;
const QUALITY_FIELDS = 7;
const SCORE_FIELDS = 3;
const SHA256_BYTES = 32;

export class TrialScorer {
  private pointer: number;

  /** Throws `manifest_invalid` where calibration, cohort and embedding size do not belong together, `model_corrupt` for a cohort file that cannot be read. */
  constructor(
    private readonly core: Core,
    manifest: Manifest,
    cohort: Uint8Array | null,
  ) {
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
function qualityFields(quality: Quality): number[] {
  return [
    quality.durationS,
    quality.netSpeechS,
    quality.levelDbfs,
    quality.peakDbfs,
    quality.clippedFraction,
    quality.snrDb,
    quality.bandwidthHz,
  ];
}

function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
}
