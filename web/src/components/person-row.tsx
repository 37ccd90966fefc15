/** One enrolled person, with the two changes that can be made in place: another name, and deletion after a question. */
import { useRef, useState } from 'preact/hooks';
import type { VoiceprintInfo } from 'voiceprint-wasm';
import { languageTag, say } from '../language';
import { removePerson, renamePerson } from '../people';
import { addressOf } from '../route';
import { seconds } from '../words/numbers';
import { type Problem, problemOf } from '../words/problem';
import { Icon } from './icon';
import { useKeepFocus } from './keep-focus';
import { ProblemNotice } from './problem-notice';

interface Props {
  readonly person: VoiceprintInfo;
  /** What was done, for the status of the list. */
  readonly onDone: (told: () => string) => void;
}

export function PersonRow({ person, onDone }: Props) {
  const words = say().people;
  const [mode, setMode] = useState<'shown' | 'renaming' | 'removing'>('shown');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const row = useRef<HTMLLIElement>(null);
  useKeepFocus(row, mode);
  const { name } = person;
  const date = person.createdAt.toLocaleDateString(languageTag(), { dateStyle: 'medium' });

  const run = async (change: () => Promise<void>, told: () => string) => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await change();
      onDone(told);
      setMode('shown');
    } catch (error) {
      setProblem(() => problemOf(error, 'people'));
    } finally {
      setBusy(false);
    }
  };
  const back = () => {
    setMode('shown');
    setProblem(null);
  };
  return (
    <li ref={row} tabIndex={-1} class="card person" data-person={name}>
      <div class="person-head">
        <span class="avatar" aria-hidden="true">
          {[...name][0]}
        </span>
        <div class="person-words">
          <h2>{name}</h2>
          <p class="hint">
            {words.utterances(person.numEmbeddings)} · {words.speech(seconds(person.netSpeechS))} · {words.since(date)}
          </p>
        </div>
        {mode === 'shown' && (
          <div class="person-actions">
            <a class="button" href={addressOf({ view: 'verify', name })} aria-label={words.verifyName(name)}>
              {words.isIt}
            </a>
            <button
              type="button"
              class="round-button"
              aria-label={words.renameName(name)}
              onClick={() => setMode('renaming')}
            >
              <Icon name="edit" />
            </button>
            <button
              type="button"
              class="round-button"
              aria-label={words.removeName(name)}
              onClick={() => setMode('removing')}
            >
              <Icon name="remove" />
            </button>
          </div>
        )}
      </div>
      {mode === 'renaming' && (
        <RenameForm
          name={name}
          busy={busy}
          onBack={back}
          onRename={(to) =>
            run(
              () => renamePerson(name, to),
              () => say().people.renamed(to),
            )
          }
        />
      )}
      {mode === 'removing' && (
        <fieldset class="question" aria-label={words.removeName(name)}>
          <p>{words.removeQuestion(name)}</p>
          <button
            type="button"
            class="button button-danger"
            aria-disabled={busy}
            onClick={() =>
              void run(
                () => removePerson(name),
                () => say().people.removed(name),
              )
            }
          >
            {words.remove}
          </button>
          <button type="button" class="button" onClick={back} ref={focusNow}>
            {words.keep}
          </button>
        </fieldset>
      )}
      {problem && <ProblemNotice problem={problem} />}
    </li>
  );
}

interface RenameProps {
  readonly name: string;
  readonly busy: boolean;
  readonly onBack: () => void;
  readonly onRename: (to: string) => void;
}

function RenameForm({ name, busy, onBack, onRename }: RenameProps) {
  const words = say().people;
  const input = useRef<HTMLInputElement>(null);
  return (
    <form
      class="question"
      onSubmit={(event) => {
        event.preventDefault();
        const to = input.current?.value.trim() ?? '';
        if (to === name) onBack();
        else onRename(to);
      }}
    >
      <label class="field">
        <span class="field-name">{words.newName}</span>
        <input
          type="text"
          required
          maxLength={80}
          autocomplete="off"
          defaultValue={name}
          ref={(element) => {
            if (element && !input.current) element.select();
            input.current = element;
          }}
        />
      </label>
      <button type="submit" class="button button-primary" aria-disabled={busy}>
        {words.save}
      </button>
      <button type="button" class="button" onClick={onBack}>
        {say().takes.cancel}
      </button>
    </form>
  );
}

function focusNow(element: HTMLElement | null): void {
  element?.focus();
}
