/** Everybody who is enrolled, and what can be done with them. */
import { useRef, useState } from 'preact/hooks';
import { Icon } from '../components/icon';
import { Intro } from '../components/intro';
import { useKeepFocus } from '../components/keep-focus';
import { PeopleStorage } from '../components/people-storage';
import { PersonRow } from '../components/person-row';
import { ProblemNotice } from '../components/problem-notice';
import { VoicesPanel } from '../components/voices-panel';
import { say } from '../language';
import { people } from '../people';
import { addressOf } from '../route';

export function PeopleView() {
  const words = say().people;
  const state = people.value;
  const [done, setDone] = useState<(() => string) | null>(null);
  const box = useRef<HTMLDivElement>(null);
  useKeepFocus(box, state);
  return (
    <>
      <Intro heading={words.heading} text={words.intro} />
      <div class="people-bar">
        <a class="button button-primary button-large" href={addressOf({ view: 'enroll' })}>
          <Icon name="add" /> {words.add}
        </a>
      </div>
      {state.kind === 'opening' && <p class="hint">{words.opening}</p>}
      {state.kind === 'failed' && <ProblemNotice problem={state.problem} />}
      <div ref={box} tabIndex={-1}>
        <p class="hint people-done" role="status">
          {done?.()}
        </p>
        {state.kind === 'ready' &&
          (state.list.length === 0 ? (
            <p class="card nobody">{state.numOtherModels > 0 ? words.nobodyOfModel : words.nobody}</p>
          ) : (
            <ul class="people" aria-label={words.listLabel}>
              {state.list.map((person) => (
                <PersonRow key={person.name} person={person} onDone={(told) => setDone(() => told)} />
              ))}
            </ul>
          ))}
      </div>
      <VoicesPanel />
      {state.kind !== 'opening' && <PeopleStorage state={state} />}
    </>
  );
}
