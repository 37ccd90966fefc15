/**
 * The axis of a DET plot: the quantile of the normal distribution, on which Gaussian scores give a straight line (Martin et al., "The DET
 * curve in assessment of detection task performance", Eurospeech 1997).
 */

/** Standard normal quantile of p in (0, 1): Acklam's rational approximation, relative error below 1.2e-9. */
export function probit(p: number): number {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
  ];
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1];
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];
  const horner = (coefficients: readonly number[], x: number) => coefficients.reduce((sum, one) => sum * x + one, 0);
  const tail = 0.02425;
  if (p < tail || p > 1 - tail) {
    const q = Math.sqrt(-2 * Math.log(Math.min(p, 1 - p)));
    const value = horner(c, q) / horner(d, q);
    return p < tail ? value : -value;
  }
  const q = p - 0.5;
  return (horner(a, q * q) * q) / horner(b, q * q);
}
