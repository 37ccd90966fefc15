import type { Comparison } from 'voiceprint-wasm';
import { evidenceStrength, evidenceWords } from '../words/evidence';
import { percent, probabilityPercent, signed } from '../words/numbers';

/** The log-likelihood ratio and the probability, each in words and as a number. */
export function Evidence({ comparison: { llr, probability, pTarget } }: { comparison: Comparison }) {
  if (llr === null || probability === null) return null;
  return (
    <dl class="evidence">
      <div>
        <dt>Strength of the evidence</dt>
        <dd>
          <b>{evidenceStrength(llr)}</b>
          <span>
            {evidenceWords(llr)}. <span class="muted">Log-likelihood ratio (LLR) {signed(llr, 2)}.</span>
          </span>
        </dd>
      </div>
      <div>
        <dt>Probability of one person</dt>
        <dd>
          <b>{probabilityPercent(probability)}</b>
          <span>
            if, before listening, you thought it {percent(pTarget)} likely.{' '}
            <span class="muted">Calibrated posterior at the prior {pTarget}.</span>
          </span>
        </dd>
      </div>
    </dl>
  );
}
