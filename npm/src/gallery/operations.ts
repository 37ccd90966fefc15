/** What the facade asks of the galleries in the engine. */
import type { ConflictPolicy, CoreEmbedding, CoreVoiceprint, Precision } from '../core/gallery.js';
import type { DecisionOptions } from '../decision/compare.js';
import type { RankedVoiceprint, Verification } from '../gallery-types.js';
import type { Embedding, OperatingPoint, Quality } from '../types.js';

/** A gallery that the engine holds, as of a revision of its store. */
export interface GalleryKey {
  readonly id: string;
  readonly revision: string;
}

/** A change of a gallery's bytes. */
export type GalleryEdit =
  | {
      readonly kind: 'enroll';
      readonly name: string;
      readonly embeddings: readonly CoreEmbedding[];
      readonly existing: 'refuse' | 'extend' | 'replace';
    }
  | { readonly kind: 'adapt'; readonly name: string; readonly embedding: CoreEmbedding; readonly maxAdapted: number }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'import'; readonly file: Uint8Array; readonly onConflict: ConflictPolicy };

export type GalleryQuery =
  | { readonly kind: 'list' }
  | { readonly kind: 'find'; readonly name: string }
  /** null: of the whole gallery. */
  | { readonly kind: 'embeddings'; readonly names: readonly string[] | null }
  /** The unit-length mean of its embeddings. */
  | { readonly kind: 'centroid'; readonly name: string }
  /** null: the whole gallery. */
  | { readonly kind: 'export'; readonly names: readonly string[] | null }
  | {
      readonly kind: 'verify';
      readonly name: string;
      readonly probe: Embedding;
      readonly options: DecisionOptions;
    }
  | {
      readonly kind: 'identify';
      readonly probe: Embedding;
      readonly top: number;
      readonly options: DecisionOptions;
    };

export type GalleryOperation =
  /** `bytes` null: a new gallery. Gives the new bytes; the engine keeps nothing. */
  | {
      readonly kind: 'edit';
      readonly bytes: Uint8Array | null;
      readonly precision: Precision;
      readonly edit: GalleryEdit;
    }
  /** From now on the engine holds these bytes as `key`. */
  | {
      readonly kind: 'hold';
      readonly key: GalleryKey;
      readonly bytes: Uint8Array | null;
      readonly precision: Precision;
    }
  | { readonly kind: 'release'; readonly id: string }
  /** Null where the engine does not hold `key`. */
  | { readonly kind: 'query'; readonly key: GalleryKey; readonly query: GalleryQuery }
  /** About the voiceprints of several files of the same model together. */
  | {
      readonly kind: 'ask';
      readonly files: readonly Uint8Array[];
      readonly precision: Precision;
      readonly query: GalleryQuery;
    }
  /** Does an utterance sound like those before? */
  | { readonly kind: 'consistency'; readonly utterance: Embedding; readonly previous: readonly Float32Array[] };

export interface EditResult {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** That the edit touched. */
  readonly voiceprints: readonly CoreVoiceprint[];
}

export interface Consistency {
  readonly llr: number;
  readonly isConsistent: boolean;
}

/** An identification without what the facade knows already. */
export interface Ranking {
  readonly candidates: readonly RankedVoiceprint[];
  /** Of the best candidate. */
  readonly isAccepted: boolean;
  readonly pTarget: number;
  readonly threshold: OperatingPoint;
  readonly numVoiceprints: number;
  readonly quality: Quality;
}

/** A voiceprint's embeddings. */
export interface NamedEmbeddings {
  readonly name: string;
  readonly embeddings: readonly CoreEmbedding[];
}

export type QueryResult =
  | readonly CoreVoiceprint[]
  | readonly NamedEmbeddings[]
  | Float32Array<ArrayBuffer>
  | CoreVoiceprint
  | Uint8Array<ArrayBuffer>
  | Omit<Verification, 'timing'>
  | Ranking;

export type GalleryResult = EditResult | Consistency | QueryResult | null;
