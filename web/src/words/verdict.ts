/** The decision as a sentence, and what it means. */
import type { Comparison, Decision, OperatingPoint, Verification } from 'voiceprint-wasm';
import { say } from '../language';
import { isSameRecording } from '../takes/same-recording';
import { isEvidence } from './evidence';
import { shareOf } from './numbers';
import { type QualityNote, qualityNotes } from './quality';

export interface VerdictWords {
  readonly headline: string;
  readonly meaning: string;
  /** What to do about the recordings, where they are the reason that there is no answer. */
  readonly cures: readonly QualityNote[];
  /** Of the colours: 'inconclusive' for a decision that its figures do not bear out. */
  readonly tone: Decision;
  /** False where no figure of the answer says anything about the voices. */
  readonly isTelling: boolean;
}

export function comparisonWords(comparison: Comparison): VerdictWords {
  const { decision, quality } = comparison;
  const words = say().verdict;
  const cures = quality.flatMap((one, i) =>
    qualityNotes(one).map(({ finding, cure }) => ({ finding: words.finding(i === 0 ? 'A' : 'B', finding), cure })),
  );
  if (decision === 'inconclusive') return inconclusive(cures);
  if (isSameRecording(comparison.score))
    return { ...words.sameRecording, cures: [], tone: 'inconclusive', isTelling: false };
  const told = decision === 'accept' ? words.accept[acceptance(comparison)] : words.reject[rejection(comparison)];
  return { ...told, cures: [], tone: toneOf(comparison), isTelling: true };
}

export function verificationWords(verification: Verification): VerdictWords {
  const { name, decision, quality } = verification;
  const words = say().people.verify;
  if (decision === 'inconclusive') return inconclusive(qualityNotes(quality));
  const { headline, meaning } =
    decision === 'accept' ? words.accept[acceptance(verification)] : words.reject[rejection(verification)];
  return { headline: headline(name), meaning, cures: [], tone: toneOf(verification), isTelling: true };
}

type Figures = Pick<Comparison, 'decision' | 'llr' | 'probability'>;

function toneOf(figures: Figures): Decision {
  const standing = figures.decision === 'accept' ? acceptance(figures) : rejection(figures);
  return standing === 'borneOut' ? figures.decision : 'inconclusive';
}

/** What stands behind an acceptance: the decision holds in any case, and the words claim no more than its figures do. */
function acceptance({ llr, probability }: Figures): 'borneOut' | 'improbable' | 'tooClose' | 'againstEvidence' {
  if (llr !== null && !isEvidence(llr)) return 'tooClose';
  if (llr !== null && llr < 0) return 'againstEvidence';
  return probability !== null && probability < 0.5 ? 'improbable' : 'borneOut';
}

function rejection({ llr }: Figures): 'borneOut' | 'tooClose' | 'againstEvidence' {
  if (llr !== null && !isEvidence(llr)) return 'tooClose';
  return llr !== null && llr > 0 ? 'againstEvidence' : 'borneOut';
}

function inconclusive(cures: readonly QualityNote[]): VerdictWords {
  const { headline, weak, poor } = say().verdict.inconclusive;
  return { headline, meaning: cures.length === 0 ? weak : poor, cures, tone: 'inconclusive', isTelling: false };
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
