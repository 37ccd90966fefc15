/** Where the user's own model may take the place of the bundled one. */
import { useRef, useState } from 'preact/hooks';
import { engineStatus } from '../engine';
import { say } from '../language';
import { ownModelState, useBundledModel, useOwnModel } from '../own-model';
import { Icon } from './icon';
import { ProblemNotice } from './problem-notice';

export function OwnModel() {
  const words = say().about.model;
  const state = ownModelState.value;
  const engine = engineStatus.value;
  const chooser = useRef<HTMLInputElement>(null);
  const [dragging, setDragging] = useState(false);
  const take = (files: FileList | null | undefined) => void useOwnModel([...(files ?? [])]);
  return (
    <section
      class={dragging ? 'own-model own-model-dragging' : 'own-model'}
      aria-labelledby="own-model"
      data-model={state.kind}
      onDragOver={(event) => {
        event.preventDefault();
        setDragging(true);
      }}
      onDragLeave={() => setDragging(false)}
      onDrop={(event) => {
        event.preventDefault();
        setDragging(false);
        take(event.dataTransfer?.files);
      }}
    >
      <h2 id="own-model">{words.ownHeading}</h2>
      <p>{words.ownText}</p>
      {state.kind === 'none' && state.problem && <ProblemNotice problem={state.problem} />}
      {state.kind === 'in-use' && engine.kind === 'ready' && (
        <p class="note note-good" role="status">
          <Icon name="check" />
          <span>{words.inUse(engine.voiceprint.model.name)}</span>
        </p>
      )}
      <div class="actions">
        <button
          type="button"
          class="button"
          disabled={state.kind === 'checking'}
          onClick={() => chooser.current?.click()}
        >
          <Icon name="file" /> {state.kind === 'checking' ? words.checking : words.choose}
        </button>
        {state.kind === 'in-use' && (
          <button type="button" class="button" onClick={() => void useBundledModel()}>
            {words.back}
          </button>
        )}
      </div>
      <input
        ref={chooser}
        type="file"
        multiple
        accept=".json,.onnx,.bin"
        hidden
        onChange={({ currentTarget }) => {
          take(currentTarget.files);
          currentTarget.value = '';
        }}
      />
    </section>
  );
}
