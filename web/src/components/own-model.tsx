/** Where the user's own model may take the place of the bundled one. */
import { useRef, useState } from 'preact/hooks';
import { engineStatus } from '../engine';
import { say } from '../language';
import { canChangeModel, chosenModel, modelChange, useBuiltIn, useOwnModel } from '../model-choice';
import { Icon } from './icon';
import { ProblemNotice } from './problem-notice';

export function OwnModel() {
  const words = say().about.model;
  const state = modelChange.value;
  const inUse = chosenModel.value === 'own';
  const isChecking = state.kind === 'loading' && state.choice === 'own';
  const engine = engineStatus.value;
  const chooser = useRef<HTMLInputElement>(null);
  const [dragging, setDragging] = useState(false);
  const take = (files: FileList | null | undefined) => void useOwnModel([...(files ?? [])]);
  return (
    <section
      class={dragging ? 'own-model own-model-dragging' : 'own-model'}
      aria-labelledby="own-model"
      onDragOver={(event) => {
        event.preventDefault();
        setDragging(canChangeModel.value);
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
      {state.kind === 'failed' && state.choice === 'own' && <ProblemNotice problem={state.problem} />}
      {inUse && engine.kind === 'ready' && (
        <p class="note note-good" role="status">
          <Icon name="check" />
          <span>{words.inUse(engine.voiceprint.model.name)}</span>
        </p>
      )}
      <div class="actions">
        <button type="button" class="button" disabled={!canChangeModel.value} onClick={() => chooser.current?.click()}>
          <Icon name="file" /> {isChecking ? words.checking : words.choose}
        </button>
        {inUse && (
          <button type="button" class="button" onClick={() => void useBuiltIn('small')}>
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
