/** The latest window against each enrolled voice: LLRs as bars from zero, with the threshold. */
import type { Identification } from 'voiceprint-wasm';
import { say } from '../language';
import { signed } from '../words/numbers';

/** LLRs beyond are drawn at the end. */
const REACH = 8;

export function LiveCandidates({ identification: { candidates, threshold } }: { identification: Identification }) {
  const words = say().live;
  const share = (llr: number) => (100 * (Math.max(-REACH, Math.min(REACH, llr)) + REACH)) / (2 * REACH);
  return (
    <section class="card live-candidates" aria-labelledby="candidates">
      <h2 id="candidates">{words.candidates}</h2>
      <ul>
        {candidates.map(({ name, llr }) => {
          const [from, to] = [Math.min(share(0), share(llr)), Math.max(share(0), share(llr))];
          return (
            <li key={name}>
              <span class="candidate-name">{name}</span>
              <span class="candidate-bar" aria-hidden="true">
                <span
                  class={llr >= threshold.thresholdLlr ? 'candidate-value candidate-enough' : 'candidate-value'}
                  style={{ left: `${from}%`, width: `${to - from}%` }}
                />
                <span class="candidate-threshold" style={{ left: `${share(threshold.thresholdLlr)}%` }} />
              </span>
              <span class="candidate-llr">{words.llr(signed(llr, 1))}</span>
            </li>
          );
        })}
      </ul>
      <p class="hint">{words.needed(signed(threshold.thresholdLlr, 1))}</p>
    </section>
  );
}
