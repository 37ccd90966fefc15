/** The decision as a sentence, and what it means. */
import type { Comparison, OperatingPoint } from 'voiceprint-wasm';
import { say } from '../language';
import { shareOf } from './numbers';

export interface VerdictWords {
  readonly headline: string;
  readonly meaning: string;
}

export function verdictWords({ decision, llr, quality }: Comparison): VerdictWords {
  const words = say().verdict;
  switch (decision) {
    case 'accept':
      // A lenient operating point accepts below even odds: the decision stands, and the words say why.
      return llr !== null && llr < 0 ? words.acceptAgainstEvidence : words.accept;
    case 'reject':
      return llr !== null && llr > 0 ? words.rejectAgainstEvidence : words.reject;
    case 'inconclusive': {
      const { headline, weak, poor } = words.inconclusive;
      return { headline, meaning: quality.every(({ ok }) => ok) ? weak : poor };
    }
  }
}

/** How often the operating point errs in the direction of the decision, as measured. */
export function errorRateWords(decision: Comparison['decision'], point: OperatingPoint): string {
  const { errorRate } = say().verdict;
  switch (decision) {
    case 'accept':
      return errorRate.accept(shareOf(point.measuredFalseAlarmRate, 'strangers'));
    case 'reject':
      return errorRate.reject(shareOf(point.measuredMissRate, 'samePerson'));
    case 'inconclusive':
      return '';
  }
}

/** All of it in one breath, for the live region. */
export function verdictAnnouncement(comparison: Comparison): string {
  const { headline, meaning } = verdictWords(comparison);
  return `${headline}${say().verdict.stop} ${meaning}`;
}
