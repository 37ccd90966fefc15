/** The decision as a sentence, and what it means. */
import type { Comparison, OperatingPoint } from 'voiceprint-wasm';
import { shareOf } from './numbers';

export interface VerdictWords {
  readonly headline: string;
  readonly meaning: string;
}

export function verdictWords({ decision, llr, quality }: Comparison): VerdictWords {
  switch (decision) {
    case 'accept':
      // A lenient operating point accepts below even odds: the decision stands, and the words say why.
      return llr !== null && llr < 0
        ? {
            headline: 'Accepted, but only at this lenient setting',
            meaning:
              'The voices are alike enough for the setting that you chose, yet the evidence by itself leans slightly towards two different people.',
          }
        : {
            headline: 'Probably the same person',
            meaning: 'The two voices are more alike than this setting asks for.',
          };
    case 'reject':
      return llr !== null && llr > 0
        ? {
            headline: 'Not alike enough to accept at this setting',
            meaning:
              'The evidence leans towards one person, but not as strongly as this setting asks for. A longer or cleaner recording may settle it.',
          }
        : {
            headline: 'Probably two different people',
            meaning: 'The two voices are less alike than this setting asks for.',
          };
    case 'inconclusive':
      return {
        headline: 'No answer: these recordings cannot settle it',
        meaning: quality.every(({ ok }) => ok)
          ? 'The evidence is too weak to say either way.'
          : 'A guess would be worth nothing here, so none is given. What to do:',
      };
  }
}

/** How often the operating point errs in the direction of the decision, as measured. */
export function errorRateWords(decision: Comparison['decision'], point: OperatingPoint): string {
  switch (decision) {
    case 'accept':
      return `How far to trust this: in our tests, ${shareOf(point.measuredFalseAlarmRate, 'pairs of different people')} got the same answer by mistake.`;
    case 'reject':
      return `How far to trust this: in our tests, ${shareOf(point.measuredMissRate, 'pairs of recordings by one person')} got the same answer by mistake.`;
    case 'inconclusive':
      return '';
  }
}

/** All of it in one breath, for the live region. */
export function verdictAnnouncement(comparison: Comparison): string {
  const { headline, meaning } = verdictWords(comparison);
  return `${headline}. ${meaning}`;
}
