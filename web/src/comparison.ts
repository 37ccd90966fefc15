/** The comparison of two takes. */
import { computed, effect } from '@preact/signals';
import type { Comparison } from 'voiceprint-wasm';
import { loadEngine, modelInUse } from './engine';
import { Question } from './question';
import { embeddingOf, together } from './takes/embedding';
import { Slot } from './takes/slot';

export const slots = { A: new Slot('A'), B: new Slot('B') } as const;

export const comparison = new Question<Comparison & { readonly audioS: number }>();

const pair = computed(() => {
  const [a, b] = [slots.A.take.value, slots.B.take.value];
  return a && b ? ([a, b] as const) : null;
});
export const canCompare = computed(() => pair.value !== null);

/** Compares what is in the slots; does nothing while one is missing. Never rejects. */
export async function compareTakes(): Promise<void> {
  const takes = pair.peek();
  if (!takes) return;
  const [a, b] = takes;
  await comparison.ask(async (options) => {
    const voiceprint = await loadEngine();
    const [first, second] = [await embeddingOf(a), await embeddingOf(b)];
    const timing = together(first.timing, second.timing);
    return { ...(await voiceprint.compare(first, second, options)), timing, audioS: first.audioS + second.audioS };
  });
}

// A verdict belongs to its two recordings and its model: when any of them changes it goes away.
effect(() => {
  pair.value;
  modelInUse.value;
  comparison.reset();
});
