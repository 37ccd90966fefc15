/** The embedding of a take, computed once for each model: other settings, and other claims, ask nothing new of the network. */
import type { FreshEmbedding, Timing, Voiceprint } from 'voiceprint-wasm';
import { loadEngine } from '../engine';
import type { Take } from './take';

const known = new WeakMap<Take, { readonly voiceprint: Voiceprint; readonly embedding: Promise<FreshEmbedding> }>();

const NO_TIME: Timing = { decodeMs: 0, frontEndMs: 0, networkMs: 0 };

/** `audioS`: how much sound was listened to for it. */
export type TakeEmbedding = FreshEmbedding & { readonly audioS: number };

/** One that was known before took no time, and no sound. */
export async function embeddingOf(take: Take): Promise<TakeEmbedding> {
  const voiceprint = await loadEngine();
  const before = known.get(take);
  if (before?.voiceprint === voiceprint) return { ...(await before.embedding), timing: NO_TIME, audioS: 0 };
  const embedding = voiceprint.embed(take.recording);
  known.set(take, { voiceprint, embedding });
  embedding.catch(() => known.delete(take));
  const fresh = await embedding;
  return { ...fresh, audioS: fresh.quality.durationS };
}

export function together(a: Timing, b: Timing): Timing {
  return {
    decodeMs: a.decodeMs + b.decodeMs,
    frontEndMs: a.frontEndMs + b.frontEndMs,
    networkMs: a.networkMs + b.networkMs,
  };
}
