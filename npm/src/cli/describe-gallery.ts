/** Enrollment, verification and identification in plain words. */
import type { EnrollmentStep, Identification, Verification, VoiceprintInfo } from '../gallery-types.js';
import { describeQuality, percent, REASONS } from './describe.js';

const BAR_CELLS = 20;

export function describeStep(file: string, { accepted, reasons, progress, quality }: EnrollmentStep): string {
  const cells = Math.floor((progress / 100) * BAR_CELLS);
  const bar = `[${'#'.repeat(cells)}${'.'.repeat(BAR_CELLS - cells)}] ${Math.floor(progress)} %`;
  const speech = `${quality.netSpeechS.toFixed(1)} s of speech`;
  return `${bar}  ${file}: ${accepted ? `accepted, ${speech}` : `not accepted: ${reasons.map((reason) => REASONS[reason]).join(', ')}`}`;
}

export function describeVoiceprint(voiceprint: VoiceprintInfo): string {
  const { name, numEmbeddings, numAdapted, netSpeechS, updatedAt } = voiceprint;
  const adapted = numAdapted === 0 ? '' : `, ${numAdapted} of them adapted`;
  return `${name}: ${numEmbeddings} embeddings${adapted}, ${netSpeechS.toFixed(1)} s of speech, ${updatedAt.toISOString()}`;
}

export function describeVerification(file: string, verification: Verification): string {
  const { name, decision, llr, probability, pTarget, threshold, quality } = verification;
  const verdict = {
    accept: `Accept: this sounds like "${name}".`,
    reject: `Reject: this does not sound like "${name}".`,
    inconclusive: 'Inconclusive: the recording is not good enough to tell.',
  }[decision];
  const numbers =
    llr === null || probability === null
      ? []
      : [
          `llr          ${llr.toFixed(3)} (threshold ${threshold.thresholdLlr.toFixed(3)}; above 0 speaks for one speaker)`,
          `probability  ${probability.toFixed(4)} of one speaker, at a prior of ${pTarget}`,
        ];
  return [verdict, ...numbers, describeQuality(file, quality)].join('\n');
}

export function describeIdentification(file: string, identification: Identification): string {
  const { match, decision, candidates, threshold, numVoiceprints, searchFalseAlarmRate, quality } = identification;
  const verdict = {
    accept: `${file}: ${match}`,
    reject: `${file}: nobody of the gallery`,
    inconclusive: `${file}: not good enough to tell`,
  }[decision];
  const ranks = candidates.map(({ name, llr }, i) => `  ${i + 1}. ${name}  llr ${llr.toFixed(3)}`);
  const chance = `  threshold ${threshold.thresholdLlr.toFixed(3)}; a stranger is taken for one of ${numVoiceprints} in ${percent(searchFalseAlarmRate)} of searches`;
  return [verdict, ...ranks, chance, `  ${describeQuality(file, quality)}`].join('\n');
}
