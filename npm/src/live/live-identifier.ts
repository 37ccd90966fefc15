/** Identification of whoever speaks now: a sliding window over samples as they come. */
import { VoiceprintError } from '../error.js';
import type { Identification, IdentifyOptions } from '../gallery-types.js';
import type { LiveIdentifier, LiveOptions, LiveSpeaker } from '../live-types.js';
import type { Embedding, FreshEmbedding, Pcm } from '../types.js';
import { Hysteresis } from './hysteresis.js';

/** What live identification needs of its gallery. */
export interface LiveHost {
  embed(recording: Pcm): Promise<FreshEmbedding>;
  identify(embedding: Embedding, options: IdentifyOptions): Promise<Identification>;
}

/** The latest samples of a stream, in the order in which they came. */
class SlidingWindow {
  private readonly ring: Float32Array;
  private at = 0;
  private numHeld = 0;

  constructor(
    windowS: number,
    readonly sampleRateHz: number,
  ) {
    this.ring = new Float32Array(Math.round(windowS * sampleRateHz));
  }

  push(samples: Float32Array): void {
    const kept = samples.subarray(Math.max(0, samples.length - this.ring.length));
    const first = kept.subarray(0, this.ring.length - this.at);
    this.ring.set(first, this.at);
    this.ring.set(kept.subarray(first.length), 0);
    this.at = (this.at + kept.length) % this.ring.length;
    this.numHeld = Math.min(this.ring.length, this.numHeld + kept.length);
  }

  /** Forgets all but so many. */
  keepLatest(numSamples: number): void {
    this.numHeld = Math.min(this.numHeld, numSamples);
  }

  content(): Pcm {
    const samples = new Float32Array(this.numHeld);
    const numWrapped = Math.max(0, this.numHeld - this.at);
    samples.set(this.ring.subarray(this.ring.length - numWrapped));
    samples.set(this.ring.subarray(this.at - this.numHeld + numWrapped, this.at), numWrapped);
    return { samples, sampleRateHz: this.sampleRateHz };
  }
}

export class SlidingIdentifier implements LiveIdentifier {
  private readonly windowS: number;
  private readonly hopS: number;
  private readonly hysteresis: Hysteresis;
  private window: SlidingWindow | null = null;
  private numSamples = 0;
  private nextLook = 0;
  private look: Promise<void> | null = null;
  private isStopped = false;

  constructor(
    private readonly options: LiveOptions,
    private readonly host: LiveHost,
  ) {
    this.windowS = inRange('windowS', options.windowS ?? 3, 1, 30);
    this.hopS = inRange('hopS', options.hopS ?? Math.min(1, this.windowS), 0.2, this.windowS);
    this.hysteresis = new Hysteresis({
      confirmations: inRange('confirmations', options.confirmations ?? 2, 1, 100),
      hysteresisLlr: inRange('hysteresisLlr', options.hysteresisLlr ?? 1, 0, 100),
      holdS: inRange('holdS', options.holdS ?? 2, 0.5, 3600),
    });
  }

  get speaker(): LiveSpeaker {
    return this.hysteresis.speaker;
  }

  readonly push = async ({ samples, sampleRateHz }: Pcm): Promise<void> => {
    if (this.isStopped || samples.length === 0) return;
    this.window ??= new SlidingWindow(this.windowS, sampleRateHz);
    if (sampleRateHz !== this.window.sampleRateHz) {
      throw new VoiceprintError(
        'invalid_argument',
        `The samples came at ${this.window.sampleRateHz} Hz so far, and now at ${sampleRateHz} Hz: start anew.`,
      );
    }
    this.window.push(samples);
    this.numSamples += samples.length;
    if (this.numSamples >= this.nextLook && this.look === null) {
      this.nextLook = this.numSamples + this.hopS * sampleRateHz;
      this.look = this.judge(this.window.content(), this.numSamples / sampleRateHz).finally(() => {
        this.look = null;
      });
    }
    await this.look;
  };

  stop(): void {
    this.isStopped = true;
    this.window = null;
  }

  private async judge(recording: Pcm, timeS: number): Promise<void> {
    const { onSpeaker, onUpdate, onError } = this.options;
    try {
      const { speech, timing, ...embedding } = await this.host.embed(recording);
      const identification = { ...(await this.identify(embedding)), timing };
      if (this.isStopped) return;
      const startS = timeS - recording.samples.length / recording.sampleRateHz;
      const [[beginS] = [0], [, endS] = [0, 0]] = [speech.at(0), speech.at(-1)];
      const isNew = this.hysteresis.judge(identification, timeS, { beginS: startS + beginS, endS: startS + endS });
      this.forgetUntil(this.hysteresis.silentSinceS ?? 0);
      onUpdate?.({ timeS, speaker: this.speaker, identification });
      if (isNew) onSpeaker?.(this.speaker);
    } catch (error) {
      if (this.isStopped) return;
      this.stop();
      if (onError) onError(error);
      else throw error;
    }
  }

  private identify(embedding: Embedding): Promise<Identification> {
    const { targetFalseAlarmRate, pTarget } = this.options;
    return this.host.identify(embedding, {
      ...(targetFalseAlarmRate === undefined ? {} : { targetFalseAlarmRate }),
      ...(pTarget === undefined ? {} : { pTarget }),
    });
  }

  /** Who speaks after a silence is not judged together with the one before. */
  private forgetUntil(timeS: number): void {
    const { window } = this;
    window?.keepLatest(this.numSamples - Math.round(timeS * window.sampleRateHz));
  }
}

function inRange(option: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw new VoiceprintError('invalid_argument', `${option} must be ${least} to ${most}, but it is ${value}.`);
}
