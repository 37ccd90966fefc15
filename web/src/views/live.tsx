/** Who is speaking now, and who spoke in the last two minutes. */
import { useEffect } from 'preact/hooks';
import { Strictness } from '../components/assumptions';
import { Icon } from '../components/icon';
import { Intro } from '../components/intro';
import { LiveCandidates } from '../components/live-candidates';
import { LiveSpeakerCard } from '../components/live-speaker-card';
import { LiveTimeline } from '../components/live-timeline';
import { ProblemNotice } from '../components/problem-notice';
import { modelInUse } from '../engine';
import { say } from '../language';
import { liveState, startListening, stopListening } from '../live';
import { people } from '../people';
import { targetFalseAlarmRate } from '../question';
import { addressOf } from '../route';
import { shareOf } from '../words/numbers';

export function LiveView() {
  const words = say().live;
  const state = liveState.value;
  const list = people.value.kind === 'ready' ? people.value.list : [];
  // The microphone does not stay open behind another view.
  useEffect(() => stopListening, []);
  return (
    <>
      <Intro heading={words.heading} text={words.intro} />
      {state.kind === 'off' && state.problem && <ProblemNotice problem={state.problem} wide />}
      {people.value.kind === 'ready' && list.length === 0 && (
        <p class="note note-wide">
          <span>
            {people.value.numOtherModels > 0 ? say().people.nobodyOfModel : words.nobody}{' '}
            <a href={addressOf({ view: 'enroll' })}>{say().people.add}</a>
          </span>
        </p>
      )}
      <div class="live-bar">
        {state.kind !== 'on' ? (
          <button
            type="button"
            class="button button-primary button-large"
            disabled={modelInUse.value === null || state.kind === 'starting'}
            onClick={() => void startListening()}
          >
            <Icon name="microphone" /> {words.start}
          </button>
        ) : (
          <button type="button" class="button button-primary button-large" onClick={stopListening}>
            <Icon name="stop" /> {words.stop}
          </button>
        )}
        {state.kind === 'starting' && (
          <>
            <button type="button" class="button" onClick={stopListening}>
              {say().takes.cancel}
            </button>
            <p class="hint" role="status">
              {words.starting}
            </p>
          </>
        )}
      </div>
      {state.kind === 'on' && (
        <div class="live-now">
          <LiveSpeakerCard update={state.update} />
          {state.update && state.update.identification.candidates.length > 0 && (
            <LiveCandidates identification={state.update.identification} />
          )}
        </div>
      )}
      <LiveTimeline names={list.map(({ name }) => name)} />
      {modelInUse.value && <Setting count={list.length} />}
    </>
  );
}

function Setting({ count }: { count: number }) {
  const model = modelInUse.value;
  if (!model) return null;
  const { operatingPoints, defaultOperatingPoint } = model;
  const rate = targetFalseAlarmRate.value;
  const chosen =
    operatingPoints.find(({ targetFalseAlarmRate: target }) => target === rate) ??
    operatingPoints.find(({ name }) => name === defaultOperatingPoint);
  if (!chosen) return null;
  const update = liveState.value.kind === 'on' ? liveState.value.update : null;
  return (
    <section class="card live-setting">
      <Strictness chosen={chosen} points={operatingPoints} />
      {update && count > 0 && (
        <p class="hint">{say().live.stranger(shareOf(update.identification.searchFalseAlarmRate, 'people'), count)}</p>
      )}
    </section>
  );
}
