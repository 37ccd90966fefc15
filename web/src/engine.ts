/** The one Voiceprint of the page: loaded once, in the background, and shared by everything. */
import { computed, signal } from '@preact/signals';
import { type LoadOptions, Voiceprint } from 'voiceprint-wasm';
import { modelOption, storedModel } from './built-in';
import { type Problem, problemOf } from './words/problem';

export type EngineStatus =
  | { readonly kind: 'loading'; readonly fraction: number }
  | { readonly kind: 'ready'; readonly voiceprint: Voiceprint; readonly loadedInS: number }
  | { readonly kind: 'failed'; readonly problem: Problem };

export const engineStatus = signal<EngineStatus>({ kind: 'loading', fraction: 0 });

/** Null until it is loaded. */
export const modelInUse = computed(() => {
  const engine = engineStatus.value;
  return engine.kind === 'ready' ? engine.voiceprint.model : null;
});

let loading: Promise<Voiceprint> | null = null;

/** Resolves with the loaded model; starts loading the one of the last visit on the first call, and again after a failure. */
export function loadEngine(): Promise<Voiceprint> {
  if (loading === null) {
    const own: Promise<Voiceprint> = loadStored(() => loading === own);
    loading = own;
  }
  return loading;
}

/** Where another model took its place meanwhile, `isWanted` says no: the status is that model's, and so is the result. */
async function loadStored(isWanted: () => boolean): Promise<Voiceprint> {
  engineStatus.value = { kind: 'loading', fraction: 0 };
  const startedAt = performance.now();
  try {
    const voiceprint = await Voiceprint.load({
      ...modelOption(storedModel()),
      onProgress: (fraction) => {
        if (isWanted()) engineStatus.value = { kind: 'loading', fraction };
      },
    });
    if (!isWanted()) {
      await voiceprint.dispose();
      return loadEngine();
    }
    engineStatus.value = { kind: 'ready', voiceprint, loadedInS: (performance.now() - startedAt) / 1000 };
    return voiceprint;
  } catch (error) {
    if (!isWanted()) return loadEngine();
    loading = null;
    engineStatus.value = { kind: 'failed', problem: problemOf(error, 'model') };
    throw error;
  }
}

/** Puts another model in the place of the present one, which stays when this rejects. Call it when none is being loaded. */
export async function replaceModel(options: LoadOptions): Promise<void> {
  const startedAt = performance.now();
  const voiceprint = await Voiceprint.load(options);
  const before = engineStatus.peek();
  loading = Promise.resolve(voiceprint);
  engineStatus.value = { kind: 'ready', voiceprint, loadedInS: (performance.now() - startedAt) / 1000 };
  if (before.kind === 'ready') await before.voiceprint.dispose();
}
