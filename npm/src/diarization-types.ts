/** Public types of diarization: who spoke when in one recording. */
import type { CallOptions, Embedding, Quality, Timing } from './types.js';

export interface DiarizeOptions extends CallOptions {
  /** Where it is known. Default: as many as the evidence says. */
  readonly numSpeakers?: number;
  /** Never more than so many. Default 20. */
  readonly maxSpeakers?: number;
  /**
   * Prior probability that two windows of the recording are of one speaker, in (0, 1). Higher finds fewer speakers. Default 0.85. Not read with
   * `numSpeakers`.
   */
  readonly pTarget?: number;
  /**
   * Who is heard for less, all turns together, is no speaker: each stretch of such a voice, or of two at once, goes to the speaker whom it is most
   * like. Default 2.
   */
  readonly minSpeakerS?: number;
  /** Speech that is embedded at a time, 0.5 to 10 s. Longer is surer, and misses short turns. Default 1.5. */
  readonly windowS?: number;
  /** From one window to the next, 0.1 s up to `windowS`. Default half of `windowS`. */
  readonly hopS?: number;
  /** A speaker's turn goes on over pauses up to this long. Default 0.5. */
  readonly maxPauseS?: number;
}

/** One stretch of one speaker, seconds from the start of the recording. */
export interface SpeakerTurn {
  readonly startS: number;
  readonly endS: number;
  /** Index into `speakers`. */
  readonly speaker: number;
}

export interface DiarizedSpeaker {
  /** All turns together, pauses within turns included. */
  readonly turnsS: number;
  /**
   * Of all that the speaker says, with quality figures of the whole recording but for the net speech, which is the speaker's own. `compare`,
   * `similarity` and a gallery's `verify` and `identify` take it.
   */
  readonly embedding: Embedding;
}

export interface Diarization {
  /** In order of time; they never overlap: where two speak at once, one of them is found. */
  readonly turns: readonly SpeakerTurn[];
  /** In the order in which they are first heard. None where there is no speech. */
  readonly speakers: readonly DiarizedSpeaker[];
  /** Of the whole recording. */
  readonly quality: Quality;
  readonly timing: Timing;
}
