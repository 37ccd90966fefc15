/** The answer: a sentence first, then the evidence behind it, then what may be varied. */
import { useEffect, useRef } from 'preact/hooks';
import type { Comparison } from 'voiceprint-wasm';
import { type ComparisonState, comparisonState, lastTiming } from '../comparison';
import { engineStatus } from '../engine';
import { say } from '../language';
import { seconds, twoDigits } from '../words/numbers';
import { qualityNotes } from '../words/quality';
import { errorRateWords, verdictWords } from '../words/verdict';
import { Assumptions } from './assumptions';
import { Evidence } from './evidence';
import { ProblemNotice } from './problem-notice';
import { ScoreRuler } from './score-ruler';

export function VerdictPanel() {
  const state = comparisonState.value;
  const section = useRef<HTMLElement>(null);
  const comparison = shown(state);
  const appeared = comparison !== null || state.kind === 'failed';
  useEffect(() => {
    if (!appeared) return;
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    section.current?.scrollIntoView({ block: 'nearest', behavior: calm ? 'auto' : 'smooth' });
  }, [appeared]);

  if (state.kind === 'failed') {
    return (
      <section ref={section} class="card verdict verdict-failed">
        <ProblemNotice problem={state.problem} />
      </section>
    );
  }
  if (!comparison) return null;
  const words = verdictWords(comparison);
  const errorRate = errorRateWords(comparison.decision, comparison.threshold);
  return (
    <section
      ref={section}
      class={`card verdict verdict-${comparison.decision}`}
      aria-labelledby="verdict"
      aria-busy={state.kind === 'running'}
      data-decision={comparison.decision}
      data-score={comparison.score ?? ''}
    >
      <div class="verdict-head">
        <h2 id="verdict">{words.headline}</h2>
        <p class="verdict-meaning">{words.meaning}</p>
        <Cures comparison={comparison} />
        {errorRate !== '' && <p class="verdict-error-rate">{errorRate}</p>}
      </div>
      <Measured comparison={comparison} />
    </section>
  );
}

function shown(state: ComparisonState): Comparison | null {
  if (state.kind === 'done') return state.comparison;
  return state.kind === 'running' ? state.previous : null;
}

function Cures({ comparison: { quality } }: { comparison: Comparison }) {
  if (quality.every(({ ok }) => ok)) return null;
  return (
    <ul class="cures">
      {quality.flatMap((one, index) =>
        qualityNotes(one).map(({ finding, cure }) => (
          <li key={`${index}-${finding}`}>
            <strong>{say().verdict.finding(index === 0 ? 'A' : 'B', finding)}</strong> {cure}
          </li>
        )),
      )}
    </ul>
  );
}

/** The ruler, the evidence and the assumptions, when there is a score that a decision rests on. */
function Measured({ comparison }: { comparison: Comparison }) {
  const engine = engineStatus.value;
  const { score, decision, threshold } = comparison;
  if (score === null || decision === 'inconclusive' || engine.kind !== 'ready') return null;
  const points = engine.voiceprint.model.operatingPoints;
  return (
    <>
      <ScoreRuler score={score} chosen={threshold} points={points} />
      <Evidence comparison={comparison} />
      <Assumptions chosen={threshold} points={points} />
      <TimingLine />
    </>
  );
}

function TimingLine() {
  const timing = lastTiming.value;
  if (!timing) return null;
  const { tookS, audioS } = timing;
  return (
    <p class="hint">{say().verdict.timing(twoDigits(1000 * tookS), seconds(audioS), twoDigits(audioS / tookS))}</p>
  );
}
