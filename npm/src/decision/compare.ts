/** From two embeddings to a verdict: LLR and operating point. */
import type { Core } from '../core/module.js';
import { posterior } from '../core/scoring.js';
import type { TrialScorer } from '../core/trial-scorer.js';
import { VoiceprintError } from '../error.js';
import type { Manifest } from '../model/manifest.js';
import type { Comparison, Decision, Embedding, OperatingPoint } from '../types.js';

export interface DecisionOptions {
  readonly targetFalseAlarmRate: number | null;
  readonly pTarget: number | null;
}

/** The options with the manifest's defaults filled in. Throws `invalid_argument`. */
export interface Policy {
  readonly threshold: OperatingPoint;
  readonly pTarget: number;
}

export function choosePolicy(manifest: Manifest, options: DecisionOptions): Policy {
  const pTarget = options.pTarget ?? manifest.calibration.pTarget;
  if (!(pTarget > 0 && pTarget < 1)) {
    throw new VoiceprintError(
      'invalid_argument',
      `pTarget must lie between 0 and 1, both excluded, but it is ${pTarget}.`,
    );
  }
  return { threshold: chooseOperatingPoint(manifest, options.targetFalseAlarmRate), pTarget };
}

function chooseOperatingPoint(manifest: Manifest, rate: number | null): OperatingPoint {
  const points = manifest.operatingPoints.toSorted((a, b) => a.targetFalseAlarmRate - b.targetFalseAlarmRate);
  if (rate === null) return points.find(({ name }) => name === manifest.defaultOperatingPoint) as OperatingPoint;
  if (!(rate > 0 && rate <= 1)) {
    throw new VoiceprintError(
      'invalid_argument',
      `targetFalseAlarmRate must lie above 0 and at most at 1, but it is ${rate}.`,
    );
  }
  const chosen = points.findLast((point) => point.targetFalseAlarmRate <= rate);
  if (!chosen) {
    const strictest = points[0] as OperatingPoint;
    throw new VoiceprintError(
      'invalid_argument',
      `The model has no operating point as strict as ${rate}: the strictest, "${strictest.name}", has a false-alarm rate of ${strictest.targetFalseAlarmRate}.`,
    );
  }
  return chosen;
}

/** A comparison of embeddings, wherever they are from. */
export type Verdict = Omit<Comparison, 'timing'>;

/** Inconclusive if either recording has a reason against judging it, or nothing to embed: never a guess. */
export function decide(
  core: Core,
  scorer: TrialScorer,
  a: Embedding,
  b: Embedding,
  { threshold, pTarget }: Policy,
): Verdict {
  const quality = [a.quality, b.quality] as const;
  if (a.vector === null || b.vector === null) {
    return {
      score: null,
      asNorm: null,
      llr: null,
      probability: null,
      pTarget,
      threshold,
      decision: 'inconclusive',
      quality,
    };
  }
  const { score, asNorm, llr } = scorer.score(
    { vector: a.vector, quality: a.quality },
    { vector: b.vector, quality: b.quality },
  );
  const decision: Decision = !(a.quality.ok && b.quality.ok)
    ? 'inconclusive'
    : llr >= threshold.thresholdLlr
      ? 'accept'
      : 'reject';
  return { score, asNorm, llr, probability: posterior(core, llr, pTarget), pTarget, threshold, decision, quality };
}
