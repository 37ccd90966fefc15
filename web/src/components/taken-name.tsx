/** The name of an enrollment was enrolled meanwhile, in another tab: another name, or what becomes of that voiceprint. */
import { useState } from 'preact/hooks';
import { renameEnrollment } from '../enrollment';
import { say } from '../language';
import { people } from '../people';
import { type Existing, ExistingChoice } from './existing-choice';
import { Icon } from './icon';

export function TakenName({ name, busy }: { name: string; busy: boolean }) {
  const words = say().people.enroll;
  const [wanted, setWanted] = useState(name);
  const [existing, setExisting] = useState<Existing>('extend');
  const chosen = wanted.trim();
  const exists = people.value.kind === 'ready' && people.value.list.some((person) => person.name === chosen);
  return (
    <form
      class="taken-name"
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen !== '') void renameEnrollment(chosen, exists ? existing : 'refuse');
      }}
    >
      <p class="note note-warn" role="alert">
        <Icon name="warning" />
        <span>{words.taken(name)}</span>
      </p>
      <label class="field">
        <span class="field-name">{words.name}</span>
        <input
          type="text"
          required
          maxLength={80}
          autocomplete="off"
          value={wanted}
          onInput={({ currentTarget }) => setWanted(currentTarget.value)}
        />
      </label>
      {exists && <ExistingChoice name={chosen} existing={existing} onChange={setExisting} />}
      <button type="submit" class="button button-primary" aria-disabled={busy}>
        {words.goOn}
      </button>
    </form>
  );
}
