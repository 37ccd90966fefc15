/** Who spoke when in one recording: worked out as soon as there is one, and again when another number of speakers is asked for. */
import { computed, effect, signal } from '@preact/signals';
import type { Diarization } from 'voiceprint-wasm';
import { loadEngine, modelInUse } from './engine';
import { Slot } from './takes/slot';
import type { Take } from './takes/take';
import { type Problem, problemOf } from './words/problem';

export type DiarizationState =
  | { readonly kind: 'idle' }
  /** What was found before stays in sight meanwhile. */
  | { readonly kind: 'running'; readonly fraction: number; readonly previous: Diarization | null }
  | { readonly kind: 'done'; readonly found: Diarization }
  | { readonly kind: 'failed'; readonly problem: Problem };

export const conversationSlot = new Slot('');
export const diarization = signal<DiarizationState>({ kind: 'idle' });

export const foundSpeakers = computed(() => {
  const state = diarization.value;
  if (state.kind === 'done') return state.found;
  return state.kind === 'running' ? state.previous : null;
});

const asked = signal<{ readonly take: Take; readonly count: number } | null>(null);

/** Of the recording that is there. Null: to be found out. */
export const numSpeakers = computed(() => {
  const { take, count } = asked.value ?? {};
  return take !== undefined && take === conversationSlot.take.value ? (count ?? null) : null;
});

export function askForSpeakers(count: number | null): void {
  const take = conversationSlot.take.peek();
  asked.value = take === null || count === null ? null : { take, count };
}

let current = new AbortController();
let heard: Take | null = null;

effect(() => {
  const take = conversationSlot.take.value;
  const count = numSpeakers.value;
  const isReady = modelInUse.value !== null;
  current.abort();
  current = new AbortController();
  if (take === null || !isReady) {
    diarization.value = { kind: 'idle' };
    return;
  }
  const previous = take === heard ? foundSpeakers.peek() : null;
  heard = take;
  void tellApart(take, count, previous, current.signal);
});

/** Never rejects: a failure is in the state. */
async function tellApart(
  take: Take,
  count: number | null,
  previous: Diarization | null,
  abort: AbortSignal,
): Promise<void> {
  diarization.value = { kind: 'running', fraction: 0, previous };
  try {
    const voiceprint = await loadEngine();
    const found = await voiceprint.diarize(take.recording, {
      signal: abort,
      onProgress: (fraction) => {
        if (!abort.aborted) diarization.value = { kind: 'running', fraction, previous };
      },
      ...(count === null ? {} : { numSpeakers: count }),
    });
    if (!abort.aborted) diarization.value = { kind: 'done', found };
  } catch (error) {
    if (!abort.aborted) diarization.value = { kind: 'failed', problem: problemOf(error, 'speakers') };
  }
}
