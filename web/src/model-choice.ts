/**
 * Which model is in use: one of those that come with the page, or one that the user brings: `manifest.json` and the ONNX (and cohort) file that
 * it names, checked by the package while it loads.
 */
import { computed, signal } from '@preact/signals';
import type { LoadOptions } from 'voiceprint-wasm';
import { type BuiltIn, modelOption, storedModel, storeModel } from './built-in';
import { engineStatus, replaceModel } from './engine';
import { say } from './language';
import { ownModelProblem, type Problem, ProblemError, type ProblemWords, problemOf } from './words/problem';

export type ModelChoice = BuiltIn | 'own';

export const chosenModel = signal<ModelChoice>(storedModel());

/** What is being loaded in the place of the model in use, or why the latest attempt failed. The model before stays until then. */
export type ModelChange =
  | { readonly kind: 'none' }
  | { readonly kind: 'loading'; readonly choice: ModelChoice; readonly fraction: number }
  | { readonly kind: 'failed'; readonly choice: ModelChoice; readonly problem: Problem };

export const modelChange = signal<ModelChange>({ kind: 'none' });

/** One model at a time: none can be chosen while one is being loaded. */
export const canChangeModel = computed(
  () => modelChange.value.kind !== 'loading' && engineStatus.value.kind !== 'loading',
);

/** Larger ones would not fit beside the runtime in the memory of a browser tab. */
const LARGEST_BYTES = 256e6;

/** Does nothing while `canChangeModel` says no. Never rejects: a failure is in the state. The next visit begins with this model. */
export function useBuiltIn(id: BuiltIn): Promise<void> {
  return change(
    id,
    async () => modelOption(id),
    (error) => problemOf(error, 'model'),
  );
}

/** Does nothing while `canChangeModel` says no. Never rejects: a refusal is in the state. */
export function useOwnModel(files: readonly File[]): Promise<void> {
  return change('own', async () => ({ model: await readModel(files) }), ownModelProblem);
}

async function change(
  choice: ModelChoice,
  options: () => Promise<Pick<LoadOptions, 'model'>>,
  tell: (error: unknown) => Problem,
): Promise<void> {
  if (!canChangeModel.peek()) return;
  modelChange.value = { kind: 'loading', choice, fraction: 0 };
  try {
    await replaceModel({
      ...(await options()),
      onProgress: (fraction) => {
        modelChange.value = { kind: 'loading', choice, fraction };
      },
    });
    chosenModel.value = choice;
    if (choice !== 'own') storeModel(choice);
    modelChange.value = { kind: 'none' };
  } catch (error) {
    modelChange.value = { kind: 'failed', choice, problem: tell(error) };
  }
}

async function readModel(files: readonly File[]): Promise<NonNullable<LoadOptions['model']>> {
  const json = files.find(({ name }) => /\.json$/i.test(name));
  const network = files.find(({ name }) => /\.onnx$/i.test(name));
  if (!json || !network) throw new ProblemError(() => say().problems.ownModel.files);
  if (network.size > LARGEST_BYTES) throw new ProblemError(() => say().problems.ownModel.size);
  const cohort = files.find(({ name }) => /\.bin$/i.test(name));
  return {
    manifest: parse(await json.text()),
    onnx: new Uint8Array(await network.arrayBuffer()),
    ...(cohort ? { cohort: new Uint8Array(await cohort.arrayBuffer()) } : {}),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new ProblemError((): ProblemWords => ({ ...say().problems.ownModel.json, detail }));
  }
}
