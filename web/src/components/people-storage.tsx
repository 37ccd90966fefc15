/** What is stored, the encrypted copy out and in, and the end of everything. */
import { useRef, useState } from 'preact/hooks';
import { say } from '../language';
import { exportPeople, importPeople, type PeopleState, wipePeople } from '../people';
import { saveFile } from '../save-file';
import { bytes } from '../words/numbers';
import { type Activity, type Problem, problemOf } from '../words/problem';
import { Icon } from './icon';
import { useKeepFocus } from './keep-focus';
import { ProblemNotice } from './problem-notice';

type Ready = Extract<PeopleState, { kind: 'ready' }>;
type Failed = Extract<PeopleState, { kind: 'failed' }>;
type Outcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'done'; readonly told: () => string }
  | { readonly kind: 'failed'; readonly problem: Problem };

/** Runs one thing at a time and shows what came of it. */
function useOutcome(activity: Activity) {
  const [outcome, setOutcome] = useState<Outcome>({ kind: 'none' });
  const run = async (task: () => Promise<() => string>) => {
    if (outcome.kind === 'busy') return;
    setOutcome({ kind: 'busy' });
    try {
      setOutcome({ kind: 'done', told: await task() });
    } catch (error) {
      setOutcome({ kind: 'failed', problem: problemOf(error, activity) });
    }
  };
  return { outcome, run };
}

function Told({ outcome }: { outcome: Outcome }) {
  return (
    <div class="told" role="status">
      {outcome.kind === 'done' && (
        <p class="note note-good">
          <Icon name="check" />
          <span>{outcome.told()}</span>
        </p>
      )}
      {outcome.kind === 'failed' && <ProblemNotice problem={outcome.problem} />}
    </div>
  );
}

/** Where the voiceprints cannot be read, what is left is their end. */
export function PeopleStorage({ state }: { state: Ready | Failed }) {
  const words = say().people.storage;
  const stored = state.kind === 'ready' ? state : null;
  return (
    <section class="storage" aria-labelledby="storage">
      <h2 id="storage">{words.heading}</h2>
      {stored && (
        <p class="hint" data-storage>
          {words.used(stored.list.length, bytes(stored.bytes))}{' '}
          {stored.numOtherModels > 0 && words.others(stored.numOtherModels)}
        </p>
      )}
      {stored?.isKept === false && (
        <p class="note note-warn">
          <Icon name="warning" />
          <span>{words.notKept}</span>
        </p>
      )}
      <div class="storage-parts">
        {stored && stored.list.length > 0 && <Export count={stored.list.length} />}
        {stored && <Import />}
        <Wipe />
      </div>
    </section>
  );
}

function Export({ count }: { count: number }) {
  const words = say().people.storage;
  const passphrase = useRef<HTMLInputElement>(null);
  const { outcome, run } = useOutcome('people');
  const save = async () => {
    const secret = passphrase.current?.value ?? '';
    const file = await exportPeople(secret);
    saveFile(file, say().people.storage.fileName);
    return () => say().people.storage.exported(count);
  };
  return (
    <form
      class="storage-part"
      onSubmit={(event) => {
        event.preventDefault();
        void run(save);
      }}
    >
      <h3>{words.exportHeading}</h3>
      <p class="hint">{words.exportText}</p>
      <label class="field">
        <span class="field-name">{words.passphrase}</span>
        <input type="password" autocomplete="new-password" required ref={passphrase} />
      </label>
      <button type="submit" class="button" aria-disabled={outcome.kind === 'busy'}>
        {words.export}
      </button>
      <Told outcome={outcome} />
    </form>
  );
}

const CONFLICTS = ['keep', 'replace', 'combine'] as const;

function Import() {
  const words = say().people.storage;
  const passphrase = useRef<HTMLInputElement>(null);
  const conflict = useRef<HTMLSelectElement>(null);
  const chooser = useRef<HTMLInputElement>(null);
  const { outcome, run } = useOutcome('importing');
  const bring = (file: File) =>
    run(async () => {
      const onConflict = CONFLICTS.find((one) => one === conflict.current?.value) ?? 'keep';
      const { brought, kept } = await importPeople(file, passphrase.current?.value ?? '', onConflict);
      return () => {
        const { imported, leftAsTheyWere } = say().people.storage;
        return kept === 0 ? imported(brought) : `${imported(brought)} ${leftAsTheyWere(kept)}`;
      };
    });
  return (
    <div class="storage-part">
      <h3>{words.importHeading}</h3>
      <p class="hint">{words.importText}</p>
      <label class="field">
        <span class="field-name">{words.importPassphrase}</span>
        <input type="password" autocomplete="off" ref={passphrase} />
      </label>
      <label class="field">
        <span class="field-name">{words.conflict}</span>
        <select ref={conflict}>
          {CONFLICTS.map((one) => (
            <option key={one} value={one}>
              {words.conflicts[one]}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        class="button"
        aria-disabled={outcome.kind === 'busy'}
        onClick={() => outcome.kind !== 'busy' && chooser.current?.click()}
      >
        <Icon name="file" /> {words.import}
      </button>
      <input
        ref={chooser}
        type="file"
        hidden
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          if (file) void bring(file);
          currentTarget.value = '';
        }}
      />
      <Told outcome={outcome} />
    </div>
  );
}

function Wipe() {
  const words = say().people.storage;
  const [asking, setAsking] = useState(false);
  const { outcome, run } = useOutcome('people');
  const box = useRef<HTMLDivElement>(null);
  useKeepFocus(box, asking);
  const wipe = async () => {
    await wipePeople();
    setAsking(false);
    return () => say().people.storage.wiped;
  };
  return (
    <div ref={box} tabIndex={-1} class="storage-part">
      <h3>{words.wipe}</h3>
      <p class="hint">{words.wipeText}</p>
      {asking ? (
        <fieldset class="question" aria-label={words.wipe}>
          <p>{words.wipeQuestion}</p>
          <button type="button" class="button button-danger" onClick={() => void run(wipe)}>
            {words.wipe}
          </button>
          <button type="button" class="button" onClick={() => setAsking(false)} ref={(element) => element?.focus()}>
            {say().people.keep}
          </button>
        </fieldset>
      ) : (
        <button type="button" class="button button-quiet-danger" onClick={() => setAsking(true)}>
          {words.wipe}…
        </button>
      )}
      <Told outcome={outcome} />
    </div>
  );
}
