/** One recording from the microphone, with live measurements for the hints. */
import { type ReadonlySignal, signal } from '@preact/signals';
import { type MicrophoneLevel, type Pcm, Recorder } from 'voiceprint-wasm';
import { loadEngine } from '../engine';
import { LivePicture } from './live-picture';

/** Recording stops by itself here. */
const LONGEST_CAPTURE_S = 60;

export interface LiveLevel {
  readonly elapsedS: number;
  /** Null until the first measurement, which also waits for the model. */
  readonly netSpeechS: number | null;
  /** RMS of the last 50 ms. */
  readonly levelDbfs: number;
  /** Loudest sample of the last second. */
  readonly peakDbfs: number;
}

/** At 20 levels a second. */
const LEVELS_PER_PEAK = 20;

export class Capture {
  readonly level: ReadonlySignal<LiveLevel>;
  readonly picture = new LivePicture(loadEngine());
  private readonly levelSignal = signal<LiveLevel>({
    elapsedS: 0,
    netSpeechS: null,
    levelDbfs: -120,
    peakDbfs: -120,
  });
  private readonly startedAt = performance.now();
  private readonly lastPeaks: number[] = [];

  private constructor(private readonly recorder: Recorder) {
    this.level = this.levelSignal;
  }

  /**
   * Asks for the microphone and starts. `onEnd` is called when the recording cannot go on: `lost` is true when the device went away, false
   * after a minute. Aborting the signal ends the recording and forgets it. Rejects with the package's typed error when there is no
   * microphone or no permission.
   */
  static async start(signal: AbortSignal, onEnd: (lost: boolean) => void): Promise<Capture> {
    let capture: Capture | null = null;
    const recorder = await Recorder.start({
      signal,
      maxDurationS: LONGEST_CAPTURE_S,
      voiceprint: loadEngine(),
      onLevel: (level) => capture?.heard(level),
      onSamples: (samples) => capture?.picture.push(samples),
      onSpeech: (netSpeechS) => capture?.update({ netSpeechS }),
      onEnded: (error) => onEnd(error !== null),
    });
    capture = new Capture(recorder);
    return capture;
  }

  stop(): Promise<Pcm> {
    this.picture.stop();
    return this.recorder.stop();
  }

  private heard({ rmsDbfs, peakDbfs }: MicrophoneLevel): void {
    this.lastPeaks.push(peakDbfs);
    if (this.lastPeaks.length > LEVELS_PER_PEAK) this.lastPeaks.shift();
    this.update({
      elapsedS: (performance.now() - this.startedAt) / 1000,
      levelDbfs: rmsDbfs,
      peakDbfs: Math.max(...this.lastPeaks),
    });
  }

  private update(part: Partial<LiveLevel>): void {
    this.levelSignal.value = { ...this.levelSignal.value, ...part };
  }
}
