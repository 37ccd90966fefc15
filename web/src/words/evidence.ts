/** The log-likelihood ratio in words. */
import { languageTag, say } from '../language';
import { twoDigits } from './numbers';

/** Test sets of a few thousand pairs cannot show how rare something rarer than this is. */
const LARGEST_RATIO = 1000;

/** For example "About 40 times more typical of one person than of two". */
export function evidenceWords(llr: number): string {
  const words = say().verdict.evidence;
  const ratio = Math.exp(Math.abs(llr));
  if (ratio < 1.05) return words.even;
  if (ratio > LARGEST_RATIO) return words.ratio(LARGEST_RATIO.toLocaleString(languageTag()), llr > 0, true);
  return words.ratio(times(ratio), llr > 0, false);
}

/** Whether an LLR speaks for one person or for two at all: the ratio is 2 or more. */
export function isEvidence(llr: number): boolean {
  return Math.abs(llr) >= Math.LN2;
}

/** The customary verbal scale for likelihood ratios, by powers of ten. */
export function evidenceStrength(llr: number): string {
  const words = say().verdict.evidence;
  const ratio = Math.exp(Math.abs(llr));
  if (!isEvidence(llr)) return words.none;
  return words.strength(ratio < 10 ? 'weak' : ratio < 100 ? 'moderate' : 'strong', llr > 0);
}

function times(ratio: number): string {
  return ratio < 10 ? ratio.toFixed(1).replace(/\.0$/, '') : twoDigits(ratio);
}
