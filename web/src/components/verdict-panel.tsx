/** An answer: a sentence first, then the evidence behind it, then what may be varied. */
import { useEffect, useRef } from 'preact/hooks';
import { engineStatus } from '../engine';
import { say } from '../language';
import type { Judgement, Question, Timing } from '../question';
import { seconds, twoDigits } from '../words/numbers';
import { errorRateWords, type VerdictWords } from '../words/verdict';
import { Assumptions } from './assumptions';
import { Evidence } from './evidence';
import { ProblemNotice } from './problem-notice';
import { ScoreRuler } from './score-ruler';

interface Props<T> {
  readonly question: Question<T & Judgement>;
  readonly tell: (answer: T & Judgement) => VerdictWords;
}

export function VerdictPanel<T>({ question, tell }: Props<T>) {
  const state = question.state.value;
  const answer = question.shown;
  const section = useRef<HTMLElement>(null);
  const appeared = answer !== null || state.kind === 'failed';
  useEffect(() => {
    if (!appeared) return;
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    section.current?.scrollIntoView({ block: 'nearest', behavior: calm ? 'auto' : 'smooth' });
  }, [appeared]);

  const words = answer && tell(answer);
  const running = state.kind === 'running';
  return (
    <>
      {state.kind === 'failed' && (
        <section ref={section} class="card verdict verdict-failed">
          <ProblemNotice problem={state.problem} />
        </section>
      )}
      {answer && words && (
        <section
          ref={section}
          class={`card verdict verdict-${words.tone}`}
          aria-labelledby="verdict"
          aria-busy={running}
          data-decision={answer.decision}
          data-score={answer.score ?? ''}
        >
          <Head answer={answer} words={words} />
          {words.isTelling && <Measured answer={answer} timing={question.timing.value} />}
        </section>
      )}
      {/* Always in the page, because a live region that appears together with its text is not read. */}
      <p class="visually-hidden" role="status" aria-live="polite" id="announcement">
        {running
          ? say().verdict.comparingStatus
          : words
            ? `${words.headline}${say().verdict.stop} ${words.meaning}`
            : ''}
      </p>
    </>
  );
}

function Head({ answer, words }: { answer: Judgement; words: VerdictWords }) {
  const errorRate = words.isTelling ? errorRateWords(answer.decision, answer.threshold) : '';
  return (
    <div class="verdict-head">
      <h2 id="verdict">{words.headline}</h2>
      <p class="verdict-meaning">{words.meaning}</p>
      {words.cures.length > 0 && (
        <ul class="cures">
          {words.cures.map(({ finding, cure }) => (
            <li key={finding}>
              <strong>{finding}</strong> {cure}
            </li>
          ))}
        </ul>
      )}
      {errorRate !== '' && <p class="verdict-error-rate">{errorRate}</p>}
    </div>
  );
}

/** The ruler, the evidence and the assumptions, when there is a score that a decision rests on. */
function Measured({ answer, timing }: { answer: Judgement; timing: Timing | null }) {
  const engine = engineStatus.value;
  const { score, threshold } = answer;
  if (score === null || engine.kind !== 'ready') return null;
  const { model } = engine.voiceprint;
  return (
    <>
      <ScoreRuler answer={answer} model={model} />
      <Evidence judgement={answer} />
      <Assumptions chosen={threshold} points={model.operatingPoints} />
      {timing && <TimingLine {...timing} />}
    </>
  );
}

function TimingLine({ tookS, audioS }: Timing) {
  return (
    <p class="hint">{say().verdict.timing(twoDigits(1000 * tookS), seconds(audioS), twoDigits(audioS / tookS))}</p>
  );
}
