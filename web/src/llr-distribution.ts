/** How the LLRs of the model's development trials lie: those of pairs of one person, and those of pairs of two. */
import type { ConditionResult, LlrHistogram } from 'voiceprint-wasm';

/** Bin i of both sides begins at `low + i * binWidth`; each side sums to 1. */
export type LlrDistribution = LlrHistogram;

/** A point of a DET curve. */
export interface ErrorRates {
  readonly falseAlarms: number;
  readonly misses: number;
}

/** Every condition counts alike, as it does in the thresholds. Null where the model does not tell. */
export function llrDistribution(conditions: readonly ConditionResult[]): LlrDistribution | null {
  const parts = conditions.flatMap(({ llrHistogram }) => llrHistogram ?? []);
  const [first] = parts;
  if (!first || parts.length < conditions.length) return null;
  const { binWidth } = first;
  if (parts.some((part) => part.binWidth !== binWidth)) return null;
  const low = Math.min(...parts.map((part) => part.low));
  const high = Math.max(...parts.map((part) => part.low + part.targets.length * binWidth));
  const numBins = Math.round((high - low) / binWidth);
  const sum = (side: 'targets' | 'nonTargets') => {
    const shares = new Array<number>(numBins).fill(0);
    for (const part of parts) {
      const offset = Math.round((part.low - low) / binWidth);
      const total = part[side].reduce((all, count) => all + count, 0);
      for (const [i, count] of part[side].entries()) {
        shares[offset + i] = (shares[offset + i] ?? 0) + count / total / parts.length;
      }
    }
    return shares;
  };
  return { low, binWidth, targets: sum('targets'), nonTargets: sum('nonTargets') };
}

/** The part of one side that lies at `llr` or above; within a bin evenly spread. */
export function shareFrom({ low, binWidth }: LlrDistribution, side: readonly number[], llr: number): number {
  return side.reduce((share, part, i) => {
    const above = (low + (i + 1) * binWidth - llr) / binWidth;
    return share + part * Math.max(0, Math.min(1, above));
  }, 0);
}

/** The error rates with the threshold at each edge of a bin, exactly; from the most lenient on. */
export function detCurve({ targets, nonTargets }: LlrDistribution): readonly ErrorRates[] {
  let falseAlarms = 1;
  let misses = 0;
  return targets.map((target, i) => {
    falseAlarms -= nonTargets[i] ?? 0;
    misses += target;
    return { falseAlarms: Math.max(0, falseAlarms), misses: Math.min(1, misses) };
  });
}

/** How far from 0 the LLRs of both sides lie, leaving the part `outside` of them out at either end. */
export function reach(distribution: LlrDistribution, outside: number): number {
  const { low, binWidth, targets, nonTargets } = distribution;
  const edges = targets.map((_, i) => low + i * binWidth);
  const inside = edges.filter((edge) => {
    const above = (shareFrom(distribution, targets, edge) + shareFrom(distribution, nonTargets, edge)) / 2;
    return above > outside && above < 1 - outside;
  });
  return Math.max(0, ...inside.map(Math.abs));
}
