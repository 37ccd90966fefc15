/** Results in plain words. */
import type { Comparison, Quality, QualityReason } from '../types.js';

export const REASONS: Readonly<Record<QualityReason, string>> = {
  too_short: 'too little speech',
  too_quiet: 'too quiet',
  clipped: 'clipped',
  noisy: 'too noisy',
  no_speech: 'no speech',
  different_speaker: 'another speaker than before',
  band_limited: 'too narrow a frequency band',
};

export function describeComparison(comparison: Comparison, a: string, b: string): string {
  const { score, asNorm, llr, probability, pTarget, threshold, decision, quality } = comparison;
  const verdict = {
    accept: 'Accept: the recordings sound like one speaker.',
    reject: 'Reject: the recordings sound like two speakers.',
    inconclusive: 'Inconclusive: the recordings are not good enough to tell.',
  }[decision];
  const numbers =
    score === null || llr === null || probability === null
      ? []
      : [
          `score        ${score.toFixed(4)}${threshold.thresholdScore === null ? '' : ` (threshold ${threshold.thresholdScore.toFixed(4)})`}`,
          ...(asNorm === null
            ? []
            : [`as_norm      ${asNorm.toFixed(4)} (the score, normalised by the model's cohort)`]),
          `llr          ${llr.toFixed(3)} (threshold ${threshold.thresholdLlr.toFixed(3)}; above 0 speaks for one speaker)`,
          `probability  ${probability.toFixed(4)} of one speaker, at a prior of ${pTarget}`,
        ];
  const point = `operating    "${threshold.name}": ${percent(threshold.measuredFalseAlarmRate)} false alarms, ${percent(threshold.measuredMissRate)} misses in the model's trials`;
  return [verdict, ...numbers, point, describeQuality(a, quality[0]), describeQuality(b, quality[1])].join('\n');
}

export function describeEmbedding(file: string, vector: Float32Array | null, quality: Quality): string {
  return `${vector === null ? 'nothing to embed' : Array.from(vector, (value) => value.toFixed(6)).join(' ')}\n${describeQuality(file, quality)}`;
}

export function describeQuality(file: string, quality: Quality): string {
  const state = quality.ok ? 'good' : quality.reasons.map((reason) => REASONS[reason]).join(', ');
  const figures = [
    `${quality.netSpeechS.toFixed(1)} s of speech in ${quality.durationS.toFixed(1)} s`,
    `level ${quality.levelDbfs.toFixed(0)} dBFS`,
    `SNR ${quality.snrDb.toFixed(0)} dB`,
    `bandwidth ${(quality.bandwidthHz / 1000).toFixed(1)} kHz`,
  ];
  return `${file}: ${state} (${figures.join(', ')})`;
}

export function percent(rate: number): string {
  return `${(100 * rate).toFixed(1)} %`;
}
