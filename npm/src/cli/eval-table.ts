/** Results of trial lists as a table. */
import type { Estimate, TrialMetrics } from '../core/trial-metrics.js';
import type { ListResult } from './eval.js';

const HEADINGS = [
  'list',
  'scores',
  'speakers',
  'targets',
  'non-targets',
  'skipped',
  'EER %',
  'interval',
  'minDCF .01',
  'actDCF .01',
  'minDCF .05',
  'actDCF .05',
  'minDCF .5',
  'actDCF .5',
  'minCllr',
  'Cllr',
];

export function describeResults(results: readonly ListResult[]): string {
  const rows = results.flatMap((result) => [
    row(result, 'cosine', result.cosine),
    ...(result.asNorm ? [row(result, 'as_norm', result.asNorm)] : []),
    row(result, 'llr', result.llr),
  ]);
  const decisions = results.map(({ list, trials, decisions }) => {
    const { operatingPoint, missRate, falseAlarmRate, inconclusive } = decisions;
    return `${list}: at "${operatingPoint}" ${percent(falseAlarmRate)} false alarms, ${percent(missRate)} misses; ${inconclusive} of ${trials} trials inconclusive`;
  });
  return [...aligned([HEADINGS, ...rows]), '', ...decisions].join('\n');
}

function row({ list, skipped }: ListResult, scores: string, metrics: TrialMetrics): string[] {
  const interval = metrics.eer.interval;
  return [
    list,
    scores,
    String(metrics.speakers),
    String(metrics.targets),
    String(metrics.nonTargets),
    String(skipped),
    (100 * metrics.eer.value).toFixed(2),
    interval === null ? '' : `${(100 * interval[0]).toFixed(1)}-${(100 * interval[1]).toFixed(1)}`,
    ...metrics.costs.flatMap(({ minDcf, actDcf }) => [figure(minDcf), figure(actDcf)]),
    figure(metrics.minCllr),
    figure(metrics.cllr),
  ];
}

function figure(estimate: Estimate | null): string {
  return estimate === null ? '' : estimate.value.toFixed(4);
}

function percent(rate: number | null): string {
  return rate === null ? 'no' : `${(100 * rate).toFixed(1)} %`;
}

/** The first two columns to the left, numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((cells) => (cells[column] ?? '').length)));
  return rows.map((cells) =>
    cells
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
