/** The decision as a sentence, and what it means. */
import type { Comparison, Decision, OperatingPoint, Verification } from 'voiceprint-wasm';
import { say } from '../language';
import { shareOf } from './numbers';
import { type QualityNote, qualityNotes } from './quality';

export interface VerdictWords {
  readonly headline: string;
  readonly meaning: string;
  /** What to do about the recordings, where they are the reason that there is no answer. */
  readonly cures: readonly QualityNote[];
}

export function comparisonWords({ decision, llr, quality }: Comparison): VerdictWords {
  const words = say().verdict;
  const cures = quality.flatMap((one, i) =>
    qualityNotes(one).map(({ finding, cure }) => ({ finding: words.finding(i === 0 ? 'A' : 'B', finding), cure })),
  );
  switch (decision) {
    case 'accept':
      // A lenient operating point accepts below even odds: the decision stands, and the words say why.
      return { ...(llr !== null && llr < 0 ? words.acceptAgainstEvidence : words.accept), cures: [] };
    case 'reject':
      return { ...(llr !== null && llr > 0 ? words.rejectAgainstEvidence : words.reject), cures: [] };
    case 'inconclusive':
      return inconclusive(cures);
  }
}

export function verificationWords({ name, decision, llr, quality }: Verification): VerdictWords {
  const words = say().people.verify;
  switch (decision) {
    case 'accept':
      return { headline: words.accept(name), meaning: tell(llr !== null && llr < 0, 'accept'), cures: [] };
    case 'reject':
      return { headline: words.reject(name), meaning: tell(llr !== null && llr > 0, 'reject'), cures: [] };
    case 'inconclusive':
      return inconclusive(qualityNotes(quality));
  }
}

function tell(againstEvidence: boolean, decision: 'accept' | 'reject'): string {
  const words = say().people.verify;
  if (decision === 'accept') return againstEvidence ? words.acceptAgainstEvidence : words.acceptMeaning;
  return againstEvidence ? words.rejectAgainstEvidence : words.rejectMeaning;
}

function inconclusive(cures: readonly QualityNote[]): VerdictWords {
  const { headline, weak, poor } = say().verdict.inconclusive;
  return { headline, meaning: cures.length === 0 ? weak : poor, cures };
}

/** How often the operating point errs in the direction of the decision, as measured. */
export function errorRateWords(decision: Decision, point: OperatingPoint): string {
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
