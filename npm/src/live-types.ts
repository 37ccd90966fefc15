/** Public types of live identification: who is speaking now. */
import type { Identification } from './gallery-types.js';
import type { CompareOptions, Pcm } from './types.js';

/**
 * `name` is null unless `state` is 'known'. `sinceS`: seconds of audio from the start until this began, as well as can be told: it is noticed
 * some seconds later.
 */
export interface LiveSpeaker {
  readonly state: 'silence' | 'unknown' | 'known';
  readonly name: string | null;
  readonly sinceS: number;
}

/** One look at the latest window. */
export interface LiveUpdate {
  /** Seconds of audio from the start. */
  readonly timeS: number;
  readonly speaker: LiveSpeaker;
  /** Of this window alone, before hysteresis. */
  readonly identification: Identification;
}

export interface LiveOptions extends Pick<CompareOptions, 'targetFalseAlarmRate' | 'pTarget'> {
  /** Audio that is judged at a time, 1 to 30 s. Longer is surer and slower to notice a change. Default 3. */
  readonly windowS?: number;
  /** From one look to the next, 0.2 s up to `windowS`. Default 1. */
  readonly hopS?: number;
  /** Looks in a row that a new speaker needs. Default 2. */
  readonly confirmations?: number;
  /** A speaker stays while he is the best candidate and no more than so much LLR below the threshold. Default 1. */
  readonly hysteresisLlr?: number;
  /**
   * Without speech that can be judged for so long, in seconds from its end, it is silence: noticed at the next look, 0.5 s up. Who speaks
   * then is judged without what was heard before. Default 2.
   */
  readonly holdS?: number;
  /** The speaker is another one than before. */
  readonly onSpeaker?: (speaker: LiveSpeaker) => void;
  /** After every look. */
  readonly onUpdate?: (update: LiveUpdate) => void;
  /** Once, when it cannot go on; it is stopped then. */
  readonly onError?: (error: unknown) => void;
}

/** Who is speaking now, from samples as they come. Memory stays that of one window, for hours. */
export interface LiveIdentifier {
  readonly speaker: LiveSpeaker;
  /**
   * Takes the next samples, at most `hopS` of them at a time and always at one rate. Can be handed on as it is: `Recorder.start({ keep: false,
   * onSamples: live.push })`. Resolves when the look that they complete is done; who does not wait, as a microphone, skips looks while one runs.
   */
  readonly push: (samples: Pcm) => Promise<void>;
  /** Ends it; samples that come later are ignored. */
  stop(): void;
}
