/** The one Voiceprint of the page: loaded once, in the background, and shared by both slots and the comparison. */
import { signal } from '@preact/signals';
import { Voiceprint } from 'voiceprint-wasm';
import { type Problem, problemOf } from './words/problem';

export type EngineStatus =
  | { readonly kind: 'loading'; readonly fraction: number }
  | { readonly kind: 'ready'; readonly voiceprint: Voiceprint }
  | { readonly kind: 'failed'; readonly problem: Problem };

export const engineStatus = signal<EngineStatus>({ kind: 'loading', fraction: 0 });

let loading: Promise<Voiceprint> | null = null;

/** Resolves with the loaded model; starts loading on the first call and again after a failure. */
export function loadEngine(): Promise<Voiceprint> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Voiceprint> {
  engineStatus.value = { kind: 'loading', fraction: 0 };
  try {
    const voiceprint = await Voiceprint.load({
      onProgress: (fraction) => {
        engineStatus.value = { kind: 'loading', fraction };
      },
    });
    engineStatus.value = { kind: 'ready', voiceprint };
    return voiceprint;
  } catch (error) {
    loading = null;
    engineStatus.value = { kind: 'failed', problem: problemOf(error, 'model') };
    throw error;
  }
}
