/** The comparison of the two takes under the chosen settings. */
import { computed, effect, signal } from '@preact/signals';
import type { Comparison } from 'voiceprint-wasm';
import { engineStatus, loadEngine } from './engine';
import { Slot } from './takes/slot';
import type { Take } from './takes/take';
import { type Problem, problemOf } from './words/problem';

export type ComparisonState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly previous: Comparison | null }
  | { readonly kind: 'done'; readonly comparison: Comparison }
  | { readonly kind: 'failed'; readonly problem: Problem };

/** From call to answer, as the user waits for it. */
export interface Timing {
  readonly tookS: number;
  readonly audioS: number;
}

export const slots = { A: new Slot('A'), B: new Slot('B') } as const;

/** Null: the model's own choice. */
export const targetFalseAlarmRate = signal<number | null>(null);
export const pTarget = signal(0.5);
export const comparisonState = signal<ComparisonState>({ kind: 'idle' });
export const lastTiming = signal<Timing | null>(null);

const takeOf = (slot: Slot): Take | null => (slot.state.value.kind === 'ready' ? slot.state.value.take : null);
const pair = computed(() => {
  const a = takeOf(slots.A);
  const b = takeOf(slots.B);
  return a && b ? ([a, b] as const) : null;
});
export const canCompare = computed(() => pair.value !== null);

let current = new AbortController();

/** Compares what is in the slots; does nothing while one is missing. Never rejects. */
export async function compareTakes(): Promise<void> {
  const takes = pair.peek();
  if (!takes) return;
  const before = comparisonState.peek();
  const previous = before.kind === 'done' ? before.comparison : before.kind === 'running' ? before.previous : null;
  current.abort();
  current = new AbortController();
  const { signal: abort } = current;
  comparisonState.value = { kind: 'running', previous };
  try {
    const voiceprint = await loadEngine();
    const rate = targetFalseAlarmRate.peek();
    const startedAt = performance.now();
    const comparison = await voiceprint.compare(takes[0].recording, takes[1].recording, {
      signal: abort,
      pTarget: pTarget.peek(),
      ...(rate === null ? {} : { targetFalseAlarmRate: rate }),
    });
    if (abort.aborted) return;
    const audioS = comparison.quality.reduce((sum, { durationS }) => sum + durationS, 0);
    lastTiming.value = { tookS: (performance.now() - startedAt) / 1000, audioS };
    comparisonState.value = { kind: 'done', comparison };
  } catch (error) {
    if (!abort.aborted) comparisonState.value = { kind: 'failed', problem: problemOf(error, 'comparison') };
  }
}

const modelInUse = computed(() => {
  const engine = engineStatus.value;
  return engine.kind === 'ready' ? engine.voiceprint.model : null;
});

// A verdict belongs to its two recordings and its model: when any of them changes it goes away.
effect(() => {
  pair.value;
  modelInUse.value;
  current.abort();
  comparisonState.value = { kind: 'idle' };
});

/** Changes a setting and, where a verdict is shown, brings it up to date. */
export function changeSetting(change: () => void): void {
  change();
  if (comparisonState.peek().kind !== 'idle') void compareTakes();
}
