/**
 * How the LLRs of the development trials lie, over a ruler from `low` to `high`: two curves, and below them, filled, what a threshold gets
 * wrong: pairs of two people above it, pairs of one person under it.
 */
import type { LlrDistribution } from '../llr-distribution';

interface Props {
  readonly distribution: LlrDistribution;
  readonly low: number;
  readonly high: number;
  readonly threshold: number;
}

type Point = readonly [x: number, y: number];

export function LlrCurves({ distribution, low, high, threshold }: Props) {
  const { targets, nonTargets } = distribution;
  const sides = [smoothed(nonTargets), smoothed(targets)] as const;
  const peak = Math.max(...sides.flat());
  const [different, same] = sides.map((side) => line(distribution, side, peak)) as [readonly Point[], readonly Point[]];
  return (
    <svg class="llr-curves" viewBox={`${low} 0 ${high - low} 1`} preserveAspectRatio="none" aria-hidden="true">
      <path class="llr-error-different" d={area(different, Math.max(threshold, low), high)} />
      <path class="llr-error-same" d={area(same, low, Math.min(threshold, high))} />
      <path class="llr-line-different" d={path(different)} />
      <path class="llr-line-same" d={path(same)} />
    </svg>
  );
}

/** By binomial weights 1, 2, 1: takes the jitter of single bins away and keeps the sum. */
function smoothed(shares: readonly number[]): readonly number[] {
  const padded = [0, ...shares, 0];
  return padded.map((share, i) => ((padded[i - 1] ?? 0) + 2 * share + (padded[i + 1] ?? 0)) / 4);
}

/** Through the middle of every bin, the highest at the top. `shares` has one bin more at each end. */
function line({ low, binWidth }: LlrDistribution, shares: readonly number[], peak: number): readonly Point[] {
  return shares.map((share, i) => [low + (i - 0.5) * binWidth, 1 - share / peak]);
}

const path = (points: readonly Point[]): string => (points.length === 0 ? '' : `M${points.join('L')}`);

/** What lies under the line between two LLRs. */
function area(points: readonly Point[], from: number, to: number): string {
  const inside = points.filter(([x]) => x > from && x < to);
  const top = [[from, heightAt(points, from)] as const, ...inside, [to, heightAt(points, to)] as const];
  return to <= from ? '' : `${path([[from, 1], ...top, [to, 1]])}Z`;
}

function heightAt(points: readonly Point[], x: number): number {
  const next = points.findIndex(([at]) => at >= x);
  const [after, before] = [points[next], points[next - 1]];
  if (!after || !before) return 1;
  return before[1] + ((after[1] - before[1]) * (x - before[0])) / (after[0] - before[0]);
}
