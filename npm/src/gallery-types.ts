/** Public types of galleries: enrolled voiceprints, and what is asked of them. */
import type { LiveIdentifier, LiveOptions } from './live-types.js';
import type {
  CallOptions,
  CompareOptions,
  Decision,
  Embedding,
  OperatingPoint,
  Quality,
  QualityReason,
  Recording,
  ScorableEmbedding,
  Timing,
} from './types.js';

/** A gallery as it lies in a store. `revision` is another one whenever the bytes may be. */
export interface StoredGallery {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly revision: string;
}

/**
 * Where a gallery lies, as the bytes of one file (native/FORMATS.md). `memoryStore`, `indexedDbStore` and `fileStore` are stores, `encryptedStore` wraps
 * any other; write your own by these three methods.
 */
export interface GalleryStore {
  /** Null while nothing is stored. */
  read(): Promise<StoredGallery | null>;
  /** Of what is stored, without reading it: called before every search. */
  revision(): Promise<string | null>;
  /**
   * Gives `change` what is stored and stores what it makes of it (null: deletes), whole or not at all, and alone: no other tab or process may write in
   * between. Where `change` rejects, nothing changes, and `update` rejects alike.
   */
  update(change: (stored: StoredGallery | null) => Promise<Uint8Array<ArrayBuffer> | null>): Promise<void>;
}

/** A voiceprint in a database: its gallery file of one voiceprint, and the unit-length vector by which it is found. */
export interface DatabaseVoiceprint {
  readonly name: string;
  readonly file: Uint8Array<ArrayBuffer>;
  readonly centroid: Float32Array;
}

/** Galleries beyond one machine: a database that keeps voiceprints one by one and finds the nearest itself. `voiceprint-wasm/pgvector` is one. */
export interface VoiceprintDatabase {
  count(): Promise<number>;
  /** The files of these names (null: of all), in any order; a name that is not there has none. */
  load(names: readonly string[] | null): Promise<Uint8Array<ArrayBuffer>[]>;
  /** The files of about `count` voiceprints with the largest cosine between their centroid and `probe`. */
  nearest(probe: Float32Array, count: number): Promise<Uint8Array<ArrayBuffer>[]>;
  /**
   * Gives `change` the file of `name` (null: none) and stores what it makes of it, which may have another name; null deletes. Whole or not at
   * all, and without loss where others write: `change` may be called again. Rejects with `already_enrolled` for a new name that is taken.
   */
  update(
    name: string,
    change: (file: Uint8Array<ArrayBuffer> | null) => Promise<DatabaseVoiceprint | null>,
  ): Promise<void>;
  clear(): Promise<void>;
}

export interface GalleryOptions {
  /** Default: `memoryStore()`, which forgets. */
  readonly store?: GalleryStore | VoiceprintDatabase;
  /** How a gallery that is new stores embeddings: 4 bytes a value or 1, at about the same scores. Default 'float32'. */
  readonly precision?: 'float32' | 'int8';
}

/** What is stored for a speaker. */
export interface VoiceprintInfo {
  readonly name: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly numEmbeddings: number;
  /** Of these, added by `adapt`. */
  readonly numAdapted: number;
  /** Of its recordings together; SNR and bandwidth are means. */
  readonly netSpeechS: number;
  readonly snrDb: number;
  readonly bandwidthHz: number;
}

/** One of a voiceprint's embeddings: what the voice of an enrolled recording was like. Keep it as you would keep the recording. */
export interface EnrolledEmbedding extends ScorableEmbedding {
  /** Of the voiceprint. */
  readonly name: string;
  readonly addedAt: Date;
  /** Added by `adapt`. */
  readonly isAdapted: boolean;
}

/** A recording, or what `embed` made of it. */
export type Probe = Recording | Embedding;

export interface EnrollOptions {
  /** Complete with so much net speech. Default 20. */
  readonly targetSpeechS?: number;
  /** Or with so many utterances. Default 3. */
  readonly targetUtterances?: number;
  /** Where the name is enrolled already: refuse (`already_enrolled`), add to its voiceprint, or replace it. Default 'refuse'. */
  readonly existing?: 'refuse' | 'extend' | 'replace';
  /** Refuse an utterance that sounds like another speaker than those before. Default true. */
  readonly checkSpeaker?: boolean;
}

/** What became of an utterance. */
export interface EnrollmentStep {
  readonly accepted: boolean;
  /** Why it was not accepted; `different_speaker` among them. Empty when it was. */
  readonly reasons: readonly QualityReason[];
  readonly quality: Quality;
  /** LLR of this utterance against the ones before; null for the first. */
  readonly consistencyLlr: number | null;
  /** 0 to 100. */
  readonly progress: number;
}

/** The enrollment of one speaker: add until `isComplete`, then save. Nothing is stored before. */
export interface EnrollmentSession {
  readonly name: string;
  /** 0 to 100: net speech or utterances against the target, whichever is further. */
  readonly progress: number;
  readonly isComplete: boolean;
  readonly numUtterances: number;
  readonly netSpeechS: number;
  /** Rejects with `already_enrolled` where `existing` is 'refuse'; a bad recording is a step that is not accepted. */
  add(recording: Probe, options?: CallOptions): Promise<EnrollmentStep>;
  /** Takes the latest accepted utterance back. */
  undo(): void;
  /** Stores the voiceprint. Rejects with `enrollment_incomplete`, `already_enrolled` or the store's errors; can be called again then. After success the session is over: later calls reject with `disposed`. */
  save(): Promise<VoiceprintInfo>;
  /** Forgets everything; later calls reject with `disposed`. */
  cancel(): void;
}

export interface Verification {
  readonly name: string;
  readonly decision: Decision;
  /** Cosine with the voiceprint; null when the recording holds nothing to score. */
  readonly score: number | null;
  /** As in Comparison. */
  readonly asNorm: number | null;
  readonly llr: number | null;
  /** Posterior of "same speaker" at the prior `pTarget`. */
  readonly probability: number | null;
  readonly pTarget: number;
  readonly threshold: OperatingPoint;
  readonly quality: Quality;
  readonly timing: Timing;
}

export interface IdentifyOptions extends CompareOptions {
  /** Candidates to give, best first. Default 5. */
  readonly top?: number;
}

export interface RankedVoiceprint {
  readonly name: string;
  readonly score: number;
  readonly asNorm: number | null;
  readonly llr: number;
  /** As `verify` of this name alone would give. */
  readonly probability: number;
}

export interface Identification {
  /** The best candidate if it reaches the threshold, else null: nobody of the gallery. */
  readonly match: string | null;
  /** 'accept' with a match, 'reject' for nobody, 'inconclusive' where the recording is not good enough to tell. */
  readonly decision: Decision;
  /** Best first; empty in an empty gallery or without speech. */
  readonly candidates: readonly RankedVoiceprint[];
  /** LLR of the best candidate above that of the second; null with fewer than two. */
  readonly margin: number | null;
  readonly pTarget: number;
  readonly threshold: OperatingPoint;
  /** Voiceprints that were searched. */
  readonly numVoiceprints: number;
  /** Chance that a stranger is taken for anybody: 1 - (1 - measured false-alarm rate)^numVoiceprints. */
  readonly searchFalseAlarmRate: number;
  readonly quality: Quality;
  readonly timing: Timing;
}

export interface Adaptation {
  /** False where the recording is not accepted as this speaker: then nothing was added. */
  readonly adapted: boolean;
  readonly verification: Verification;
}

export interface ImportOptions {
  /** Where a name is enrolled already: reject with `already_enrolled`, keep the one here, replace it, or join both. Default 'refuse'. */
  readonly onConflict?: 'refuse' | 'keep' | 'replace' | 'combine';
}

/**
 * The voiceprints of one model. Every call sees what other tabs and processes stored before. Rejections are VoiceprintErrors: `not_enrolled`,
 * `gallery_corrupt`, `gallery_version`, `gallery_model` (enrolled with another model), `wrong_key`, `storage_full`, `storage_unavailable`, `io`, ...
 */
export interface Gallery {
  /** Starts the enrollment of a speaker. A name is 1 to 255 bytes of UTF-8 without control characters. */
  enroll(name: string, options?: EnrollOptions): EnrollmentSession;
  /** Is this recording of the speaker `name`? */
  verify(name: string, recording: Probe, options?: CompareOptions): Promise<Verification>;
  /** Whose recording is this, if anybody's? */
  identify(recording: Probe, options?: IdentifyOptions): Promise<Identification>;
  /** Many at once, in order; one that fails does not stop the others. */
  verifyBatch(
    trials: readonly { readonly name: string; readonly recording: Probe }[],
    options?: CompareOptions,
  ): Promise<PromiseSettledResult<Verification>[]>;
  /** As `verifyBatch`. */
  identifyBatch(
    recordings: readonly Probe[],
    options?: IdentifyOptions,
  ): Promise<PromiseSettledResult<Identification>[]>;
  /**
   * Adds a recording that you know to be of `name` (by a password, a person's word) to its voiceprint, if it is also accepted as such: voices
   * change slowly. The latest 8 such embeddings are kept beside the enrolled ones.
   */
  adapt(name: string, recording: Probe, options?: CompareOptions): Promise<Adaptation>;
  /** Who is speaking now? Starts with the first samples that are pushed. */
  live(options?: LiveOptions): LiveIdentifier;
  /** By name. */
  list(): Promise<VoiceprintInfo[]>;
  /**
   * The embeddings of all voiceprints, or of these names, in that order and within a voiceprint in that of enrolling: for `similarity` and for maps
   * of voices. In a gallery of precision 'int8' they are what remains of them.
   */
  embeddings(names?: readonly string[]): Promise<EnrolledEmbedding[]>;
  /** Rejects with `not_enrolled`, or `already_enrolled` where the new name is taken. */
  rename(from: string, to: string): Promise<void>;
  /** Deletes a voiceprint: the store keeps no byte of it. */
  remove(name: string): Promise<void>;
  /** Deletes all voiceprints. */
  clear(): Promise<void>;
  /** The file of the whole gallery, or of these names: to keep or to `import` elsewhere. Not encrypted. */
  export(names?: readonly string[]): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Adds the voiceprints of an exported file, all or none. Resolves to their names. Into a `VoiceprintDatabase` they go one by one: where it fails in
   * between, those before stay, and the same import with `onConflict: 'keep'` adds the others.
   */
  import(file: Uint8Array | ArrayBuffer | Blob, options?: ImportOptions): Promise<string[]>;
  /** Adds the voiceprints of another gallery; as `import`. */
  merge(other: Gallery, options?: ImportOptions): Promise<string[]>;
  /** Frees memory; the store keeps the gallery. Later calls reject with `disposed`. */
  close(): Promise<void>;
}
