import { say } from '../language';
import type { Judgement } from '../question';
import { evidenceStrength, evidenceWords } from '../words/evidence';
import { percent, probabilityPercent, signed } from '../words/numbers';

/** The log-likelihood ratio and the probability, each in words and as a number. */
export function Evidence({ judgement: { llr, probability, pTarget } }: { judgement: Judgement }) {
  if (llr === null || probability === null) return null;
  const words = say().verdict;
  return (
    <dl class="evidence">
      <div>
        <dt>{words.evidence.term}</dt>
        <dd>
          <b>{evidenceStrength(llr)}</b>
          <span>
            {evidenceWords(llr)}
            {words.stop} <span class="muted">{words.evidence.llr(signed(llr, 2))}</span>
          </span>
        </dd>
      </div>
      <div>
        <dt>{words.probability.term}</dt>
        <dd>
          <b>{probabilityPercent(probability)}</b>
          <span>
            {words.probability.given(percent(pTarget))} <span class="muted">{words.probability.prior(pTarget)}</span>
          </span>
        </dd>
      </div>
    </dl>
  );
}
