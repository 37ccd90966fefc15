/** How alike the enrolled voices are: every utterance against every other, and the map of them. */
import { signal } from '@preact/signals';
import type { EnrolledEmbedding, Similarity } from 'voiceprint-wasm';
import { type VoiceMap, voiceMap } from './drawing/voice-map';
import { loadEngine } from './engine';
import { openPeople } from './people';
import { type Problem, problemOf } from './words/problem';

/** The utterances of one person: from `begin` to before `end`. */
export interface VoiceGroup {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

/** "Ada 1", "Ada 2", ... */
export function namesOf({ name, begin, end }: VoiceGroup): readonly string[] {
  return Array.from({ length: end - begin }, (_, i) => `${name} ${i + 1}`);
}

export interface Voices {
  readonly groups: readonly VoiceGroup[];
  readonly similarity: Similarity;
  readonly map: VoiceMap;
}

export type VoicesState =
  | { readonly kind: 'none' }
  /** More utterances than are compared all with all. */
  | { readonly kind: 'many'; readonly count: number }
  | { readonly kind: 'failed'; readonly problem: Problem }
  | { readonly kind: 'ready'; readonly voices: Voices };

/** Of this many the picture of all pairs still has a pixel for each. */
export const MOST_UTTERANCES = 1000;

export const voicesState = signal<VoicesState>({ kind: 'none' });

let current = new AbortController();

/** Brings the state up to date with the stored voiceprints. Never rejects: a failure is in the state. */
export async function compareVoices(): Promise<void> {
  current.abort();
  current = new AbortController();
  const { signal: abort } = current;
  try {
    const state = await compared(abort);
    if (!abort.aborted) voicesState.value = state;
  } catch (error) {
    if (!abort.aborted) voicesState.value = { kind: 'failed', problem: problemOf(error, 'people') };
  }
}

async function compared(abort: AbortSignal): Promise<VoicesState> {
  const voiceprint = await loadEngine();
  const embeddings = await (await openPeople()).embeddings();
  if (embeddings.length < 2) return { kind: 'none' };
  if (embeddings.length > MOST_UTTERANCES) return { kind: 'many', count: embeddings.length };
  const similarity = await voiceprint.similarity(embeddings, { signal: abort });
  const map = await voiceMap(similarity.scores, similarity.size, abort);
  return { kind: 'ready', voices: { groups: groupsOf(embeddings), similarity, map } };
}

function groupsOf(embeddings: readonly EnrolledEmbedding[]): readonly VoiceGroup[] {
  const starts = embeddings.flatMap(({ name }, i) => (name === embeddings[i - 1]?.name ? [] : i));
  return starts.map((begin, i) => ({
    name: embeddings[begin]?.name ?? '',
    begin,
    end: starts[i + 1] ?? embeddings.length,
  }));
}

/** What a person's pairs say at a glance. */
export interface Neighbourhood {
  readonly name: string;
  readonly count: number;
  /** Lowest LLR between two utterances of this person; null with one utterance. */
  readonly lowestWithin: number | null;
  /** The other person of whom one utterance is most like one of this person; null where there is nobody else. */
  readonly nearest: { readonly name: string; readonly llr: number } | null;
}

export function neighbourhoods({ groups, similarity: { llrs, size } }: Voices): readonly Neighbourhood[] {
  const pairs = (a: VoiceGroup, b: VoiceGroup): number[] => {
    const found: number[] = [];
    for (let i = a.begin; i < a.end; i++) {
      for (let j = b.begin; j < b.end; j++) if (i !== j) found.push(llrs[i * size + j] ?? 0);
    }
    return found;
  };
  return groups.map((group) => {
    const within = pairs(group, group);
    const others = groups
      .filter((other) => other !== group)
      .map((other) => ({ name: other.name, llr: pairs(group, other).reduce((a, b) => Math.max(a, b)) }));
    return {
      name: group.name,
      count: group.end - group.begin,
      lowestWithin: within.length === 0 ? null : within.reduce((a, b) => Math.min(a, b)),
      nearest: others.reduce<Neighbourhood['nearest']>((a, b) => (a && a.llr >= b.llr ? a : b), null),
    };
  });
}
