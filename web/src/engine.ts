/** The one Voiceprint of the page: loaded once, in the background, and shared by everything. */
import { computed, signal } from '@preact/signals';
import { type LoadOptions, Voiceprint } from 'voiceprint-wasm';
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

/** Resolves with the loaded model; starts loading on the first call and again after a failure. */
export function loadEngine(): Promise<Voiceprint> {
  loading ??= loadBundled();
  return loading;
}

async function loadBundled(): Promise<Voiceprint> {
  engineStatus.value = { kind: 'loading', fraction: 0 };
  const startedAt = performance.now();
  try {
    const voiceprint = await Voiceprint.load({
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

/** Puts another model (undefined: the bundled one) in the place of the present one, which stays when this rejects. */
export async function replaceModel(model: LoadOptions['model']): Promise<void> {
  const startedAt = performance.now();
  const voiceprint = await Voiceprint.load(model === undefined ? {} : { model });
  const before = engineStatus.peek();
  loading = Promise.resolve(voiceprint);
  engineStatus.value = { kind: 'ready', voiceprint, loadedInS: (performance.now() - startedAt) / 1000 };
  if (before.kind === 'ready') await before.voiceprint.dispose();
}
