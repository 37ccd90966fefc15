/** Error rates of a trial list with intervals from resampled speakers: `voiceprint/trial_metrics.h`. */
import type { Core } from './module.js';

export interface TrialScores {
  readonly scores: Float32Array;
  /** 1 for a target trial, 0 for a non-target. */
  readonly isTarget: Uint8Array;
  /** Speakers of both sides, numbered from 0. */
  readonly enrollSpeakers: Uint32Array;
  readonly testSpeakers: Uint32Array;
}

export interface MetricsOptions {
  /** Prior probabilities of a target trial for minDCF and actDCF; both costs are 1. */
  readonly pTargets: readonly number[];
  /** Natural-log likelihood ratios: actDCF and Cllr have a meaning. */
  readonly scoresAreLlrs: boolean;
  /** Of the speakers; 0: no intervals. */
  readonly resamplings: number;
}

/** `interval`: 2.5 % and 97.5 %; null without resamplings. */
export interface Estimate {
  readonly value: number;
  readonly interval: readonly [number, number] | null;
}

export interface TrialMetrics {
  readonly targets: number;
  readonly nonTargets: number;
  readonly speakers: number;
  /** Drawings that held targets and non-targets. */
  readonly resamplings: number;
  readonly eer: Estimate;
  readonly eerThreshold: number;
  /** The mean of both rates where they are closest, instead of on the line between. */
  readonly eerNearest: number;
  readonly minCllr: Estimate;
  /** null unless the scores are LLRs. */
  readonly cllr: Estimate | null;
  readonly costs: readonly {
    readonly pTarget: number;
    readonly minDcf: Estimate;
    readonly minDcfThreshold: number;
    /** null unless the scores are LLRs. */
    readonly actDcf: Estimate | null;
  }[];
}

const COST_MODEL_FIELDS = 3;
const METRICS_FIELDS = 15;
const COST_METRICS_FIELDS = 7;

/** Throws `undefined_value` without targets, without non-targets, and for intervals of one speaker; `non_finite_sample` on a NaN. */
export function measureTrials(core: Core, trials: TrialScores, options: MetricsOptions): TrialMetrics {
  const { scores, isTarget, enrollSpeakers, testSpeakers } = trials;
  const { pTargets, scoresAreLlrs, resamplings } = options;
  const count = scores.length;
  const costFields = pTargets.flatMap((pTarget) => [pTarget, 1, 1]);
  const numDoubles = costFields.length + METRICS_FIELDS + pTargets.length * COST_METRICS_FIELDS;
  return core.scratch(numDoubles * 8 + count * 13, (costsAt) => {
    const metricsAt = costsAt + pTargets.length * COST_MODEL_FIELDS * 8;
    const costMetricsAt = metricsAt + METRICS_FIELDS * 8;
    const scoresAt = costsAt + numDoubles * 8;
    const enrollAt = scoresAt + count * 4;
    const testAt = enrollAt + count * 4;
    const isTargetAt = testAt + count * 4;
    core.doubles(costsAt, costFields.length).set(costFields);
    core.floats(scoresAt, count).set(scores);
    core.bytes(enrollAt, count * 4).set(new Uint8Array(enrollSpeakers.buffer, enrollSpeakers.byteOffset, count * 4));
    core.bytes(testAt, count * 4).set(new Uint8Array(testSpeakers.buffer, testSpeakers.byteOffset, count * 4));
    core.bytes(isTargetAt, count).set(isTarget);
    core.check(
      core.c.vp_measure_trials(
        scoresAt,
        isTargetAt,
        enrollAt,
        testAt,
        count,
        costsAt,
        pTargets.length,
        scoresAreLlrs ? 1 : 0,
        resamplings,
        metricsAt,
        costMetricsAt,
      ),
    );
    return readMetrics(core, pTargets, metricsAt, costMetricsAt);
  });
}

function readMetrics(core: Core, pTargets: readonly number[], metricsAt: number, costMetricsAt: number): TrialMetrics {
  const fields = [...core.doubles(metricsAt, METRICS_FIELDS)];
  const [targets, nonTargets, speakers, resamplings] = fields as [number, number, number, number];
  const [eerThreshold, eerNearest] = fields.slice(7) as [number, number];
  return {
    targets,
    nonTargets,
    speakers,
    resamplings,
    eer: estimate(fields, 4),
    eerThreshold,
    eerNearest,
    minCllr: estimate(fields, 9),
    cllr: defined(estimate(fields, 12)),
    costs: pTargets.map((pTarget, i) => {
      const cost = [...core.doubles(costMetricsAt + i * COST_METRICS_FIELDS * 8, COST_METRICS_FIELDS)];
      return {
        pTarget,
        minDcf: estimate(cost, 0),
        minDcfThreshold: cost[3] as number,
        actDcf: defined(estimate(cost, 4)),
      };
    }),
  };
}

/** The `vp_estimate` that begins at field `at`. */
function estimate(fields: readonly number[], at: number): Estimate {
  const [value, low, high] = fields.slice(at, at + 3) as [number, number, number];
  return { value, interval: Number.isNaN(low) ? null : [low, high] };
}

function defined(measured: Estimate): Estimate | null {
  return Number.isNaN(measured.value) ? null : measured;
}
