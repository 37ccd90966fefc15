/** Everybody who is enrolled, and what can be done with them. */

import { Icon } from '../components/icon';
import { Intro } from '../components/intro';
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
      {state.kind === 'ready' &&
        (state.list.length === 0 ? (
          <p class="card nobody">{words.nobody}</p>
        ) : (
          <ul class="people" aria-label={words.listLabel}>
            {state.list.map((person) => (
              <PersonRow key={person.name} person={person} />
            ))}
          </ul>
        ))}
      <VoicesPanel />
      {state.kind === 'ready' && <PeopleStorage state={state} />}
    </>
  );
}
