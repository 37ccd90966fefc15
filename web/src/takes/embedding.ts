/** The embedding of a take, computed once for each model: other settings, and other claims, ask nothing new of the network. */
import type { Embedding, Voiceprint } from 'voiceprint-wasm';
import { loadEngine } from '../engine';
import type { Take } from './take';

const known = new WeakMap<Take, { readonly voiceprint: Voiceprint; readonly embedding: Promise<Embedding> }>();

export async function embeddingOf(take: Take): Promise<Embedding> {
  const voiceprint = await loadEngine();
  const before = known.get(take);
  if (before?.voiceprint === voiceprint) return before.embedding;
  const embedding = voiceprint.embed(take.recording);
  known.set(take, { voiceprint, embedding });
  embedding.catch(() => known.delete(take));
  return embedding;
}
