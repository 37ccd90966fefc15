/** The name, what to do if it is enrolled already, and consent. */
import { useState } from 'preact/hooks';
import { beginEnrollment } from '../enrollment';
import { say } from '../language';
import { people } from '../people';
import type { Problem } from '../words/problem';
import { type Existing, ExistingChoice } from './existing-choice';
import { ProblemNotice } from './problem-notice';

export function EnrollmentForm({ problem }: { problem: Problem | null }) {
  const words = say().people.enroll;
  const [name, setName] = useState('');
  const [existing, setExisting] = useState<Existing>('extend');
  const [consent, setConsent] = useState(false);
  const [tried, setTried] = useState(false);
  const wanted = name.trim();
  const exists = people.value.kind === 'ready' && people.value.list.some((person) => person.name === wanted);
  return (
    <form
      class="card enrollment-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (wanted !== '' && consent) void beginEnrollment(wanted, exists ? existing : 'refuse');
      }}
    >
      {problem && <ProblemNotice problem={problem} />}
      <div class="field">
        <label class="field-name" for="enrollment-name">
          {words.name}
        </label>
        <input
          id="enrollment-name"
          type="text"
          maxLength={80}
          autocomplete="off"
          value={name}
          onInput={({ currentTarget }) => setName(currentTarget.value)}
          aria-invalid={tried && wanted === ''}
          aria-describedby="enrollment-name-hint"
        />
        <span class={tried && wanted === '' ? 'hint hint-missing' : 'hint'} id="enrollment-name-hint">
          {tried && wanted === '' ? words.nameMissing : words.nameHint}
        </span>
      </div>
      {exists && <ExistingChoice name={wanted} existing={existing} onChange={setExisting} />}
      <div>
        <label class="choice">
          <input
            type="checkbox"
            checked={consent}
            onChange={({ currentTarget }) => setConsent(currentTarget.checked)}
            aria-describedby="consent-hint"
          />
          <span>{words.consent}</span>
        </label>
        <span class={tried && !consent ? 'hint hint-missing' : 'hint'} id="consent-hint">
          {tried && !consent ? words.consentMissing : words.consentHint}
        </span>
      </div>
      <div class="actions">
        <button type="submit" class="button button-primary button-large">
          {words.start}
        </button>
      </div>
    </form>
  );
}
