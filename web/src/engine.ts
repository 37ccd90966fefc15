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
  loading ??= loadStored();
  return loading;
}

async function loadStored(): Promise<Voiceprint> {
  engineStatus.value = { kind: 'loading', fraction: 0 };
  const startedAt = performance.now();
  try {
    const voiceprint = await Voiceprint.load({
      ...modelOption(storedModel()),
      onProgress: (fraction) => {
        engineStatus.value = { kind: 'loading', fraction };
      },
    });
    engineStatus.value = { kind: 'ready', voiceprint, loadedInS: (performance.now() - startedAt) / 1000 };
    return voiceprint;
  } catch (error) {
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
