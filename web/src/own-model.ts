/** A model that the user brings: `manifest.json` and the ONNX (and cohort) file that it names, checked by the package while it loads. */
import { signal } from '@preact/signals';
import type { LoadOptions } from 'voiceprint-wasm';
import { replaceModel } from './engine';
import { say } from './language';
import { ownModelProblem, type Problem, ProblemError, type ProblemWords } from './words/problem';

export type OwnModelState =
  | { readonly kind: 'none'; readonly problem: Problem | null }
  | { readonly kind: 'checking' }
  | { readonly kind: 'in-use' };

export const ownModelState = signal<OwnModelState>({ kind: 'none', problem: null });

/** Larger ones would not fit beside the runtime in the memory of a browser tab. */
const LARGEST_BYTES = 256e6;

/** Loads the model of the files and uses it. Never rejects: a refusal is in the state, and the model before stays in use. */
export async function useOwnModel(files: readonly File[]): Promise<void> {
  const before = ownModelState.peek();
  if (before.kind === 'checking') return;
  ownModelState.value = { kind: 'checking' };
  try {
    await replaceModel(await readModel(files));
    ownModelState.value = { kind: 'in-use' };
  } catch (error) {
    ownModelState.value = { kind: 'none', problem: ownModelProblem(error) };
  }
}

export async function useBundledModel(): Promise<void> {
  ownModelState.value = { kind: 'checking' };
  try {
    await replaceModel(undefined);
    ownModelState.value = { kind: 'none', problem: null };
  } catch (error) {
    ownModelState.value = { kind: 'none', problem: ownModelProblem(error) };
  }
}

async function readModel(files: readonly File[]): Promise<Exclude<NonNullable<LoadOptions['model']>, string | URL>> {
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
