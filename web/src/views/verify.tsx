/** One person, one recording: is it this person? */
import { useEffect } from 'preact/hooks';
import { Intro } from '../components/intro';
import { ProblemNotice } from '../components/problem-notice';
import { SlotCard } from '../components/slot-card';
import { VerdictPanel } from '../components/verdict-panel';
import { say } from '../language';
import { people } from '../people';
import { addressOf, goHere, route } from '../route';
import { claimedName, probeSlot, verification } from '../verification';
import { verificationWords } from '../words/verdict';

export function VerifyView() {
  const words = say().people.verify;
  const claimed = route.value.view === 'verify' ? route.value.name : '';
  const state = people.value;
  const names = state.kind === 'ready' ? state.list.map(({ name }) => name) : [];
  const known = names.includes(claimed) ? claimed : '';
  useEffect(() => {
    claimedName.value = known;
  }, [known]);
  // The recording is forgotten when the user looks elsewhere.
  useEffect(() => () => probeSlot.clear(), []);
  return (
    <>
      <Intro heading={known === '' ? words.heading : words.headingName(known)} text={words.intro} />
      {state.kind === 'failed' && <ProblemNotice problem={state.problem} />}
      {state.kind === 'ready' && names.length === 0 && (
        <p class="card nobody">
          {state.numOtherModels > 0 ? say().people.nobodyOfModel : words.nobody}{' '}
          <a href={addressOf({ view: 'enroll' })}>{say().people.add}</a>
        </p>
      )}
      {names.length > 0 && (
        <div class="verify">
          <label class="field verify-person">
            <span class="field-name">{words.person}</span>
            <select
              value={known}
              onChange={({ currentTarget }) => goHere({ view: 'verify', name: currentTarget.value })}
            >
              {known === '' && <option value="">{words.choose}</option>}
              {names.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
            {claimed !== '' && known === '' && <span class="hint hint-missing">{words.gone(claimed)}</span>}
          </label>
          <SlotCard slot={probeSlot} prompt={{ prompt: say().takes.prompt, promptLead: words.prompt }} />
        </div>
      )}
      <VerdictPanel question={verification} tell={verificationWords} />
    </>
  );
}
