/** Chooses among the models that come with the page, where there are several. */
import { type BuiltIn, builtInModels } from '../built-in';
import { say } from '../language';
import { canChangeModel, chosenModel, modelChange, useBuiltIn } from '../model-choice';
import { bytes, percent } from '../words/numbers';
import { ProblemNotice } from './problem-notice';

export function ModelChoice() {
  if (builtInModels.length < 2) return null;
  const words = say().about.model;
  const state = modelChange.value;
  const shown = state.kind === 'loading' ? state.choice : chosenModel.value;
  const isBusy = !canChangeModel.value;
  return (
    <fieldset class="model-choice" data-chosen={chosenModel.value} aria-disabled={isBusy}>
      <legend>{words.choiceHeading}</legend>
      {builtInModels.map(({ id, bytes: size, meanEer }) => (
        <label key={id} class="model-option">
          {/* Not disabled, which would take the focus away from whoever chooses with the arrow keys. */}
          <input
            type="radio"
            name="model"
            checked={shown === id}
            onClick={(event) => isBusy && event.preventDefault()}
            onChange={() => void useBuiltIn(id)}
          />
          <span>
            <b>{words.builtIn[id].name}</b>{' '}
            <span class="muted">
              {bytes(size)}
              {meanEer !== null && ` · ${words.meanEer(percent(meanEer))}`}
            </span>
            <br />
            {words.builtIn[id].text}
            {state.kind === 'loading' && state.choice === id && <Loading id={id} fraction={state.fraction} />}
          </span>
        </label>
      ))}
      {state.kind === 'failed' && state.choice !== 'own' && <ProblemNotice problem={state.problem} />}
      <p class="hint">{words.choiceHint}</p>
    </fieldset>
  );
}

function Loading({ id, fraction }: { id: BuiltIn; fraction: number }) {
  const words = say();
  return (
    <progress
      value={fraction}
      max={1}
      aria-label={`${words.shell.engine.loadingLabel}: ${words.about.model.builtIn[id].name}`}
    />
  );
}
