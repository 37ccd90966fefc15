/** The log-likelihood ratio in words. */

/** Test sets of a few thousand pairs cannot show how rare something rarer than this is. */
const LARGEST_RATIO = 1000;

/** For example "40 times more typical of one person than of two". */
export function evidenceWords(llr: number): string {
  const ratio = Math.exp(Math.abs(llr));
  if (ratio < 1.05) return 'As typical of one person as of two';
  const towards = llr > 0 ? 'of one person than of two' : 'of two people than of one';
  if (ratio > LARGEST_RATIO) return `More than ${LARGEST_RATIO.toLocaleString('en')} times more typical ${towards}`;
  return `About ${twoDigits(ratio)} times more typical ${towards}`;
}

/** The customary verbal scale for likelihood ratios, by powers of ten. */
export function evidenceStrength(llr: number): string {
  const ratio = Math.exp(Math.abs(llr));
  if (ratio < 2) return 'No real evidence';
  const strength = ratio < 10 ? 'Weak' : ratio < 100 ? 'Moderate' : 'Strong';
  return `${strength}, for ${llr > 0 ? 'one person' : 'two people'}`;
}

function twoDigits(value: number): string {
  if (value < 10) return value.toFixed(1).replace(/\.0$/, '');
  const step = 10 ** (Math.floor(Math.log10(value)) - 1);
  return (Math.round(value / step) * step).toLocaleString('en');
}
