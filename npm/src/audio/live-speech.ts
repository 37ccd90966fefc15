/** How much speech a running recording holds, and whether it goes on, measured by the same code that will judge it. */
import type { Recorder, SpeechEvents } from '../types.js';

const INTERVAL_MS = 500;
/** Speech that ended no longer ago still goes on: people breathe. */
const PAUSE_S = 0.4;

export class LiveSpeech {
  private isMeasuring = false;
  private isStopped = false;
  private lastStart = Number.NEGATIVE_INFINITY;

  private isSpeaking = false;

  constructor(private readonly events: SpeechEvents) {}

  /** Call whenever there are new samples: measures about twice a second, never two at a time. */
  update(recorder: Recorder): void {
    const now = performance.now();
    if (this.isMeasuring || this.isStopped || now - this.lastStart < INTERVAL_MS) return;
    this.lastStart = now;
    this.isMeasuring = true;
    // A measurement that fails is left out: the recording itself goes on, and its final analysis tells why.
    this.measure(recorder)
      .catch(() => {})
      .finally(() => {
        this.isMeasuring = false;
      });
  }

  stop(): void {
    this.isStopped = true;
  }

  private async measure(recorder: Recorder): Promise<void> {
    const voiceprint = await this.events.voiceprint;
    const { quality, speech } = await voiceprint.analyze(recorder.snapshot(), { maxFrames: 0, numPeaks: 0 });
    if (this.isStopped) return;
    this.events.onSpeech?.(quality.netSpeechS);
    const [, end = Number.NEGATIVE_INFINITY] = speech.at(-1) ?? [];
    const isSpeaking = quality.durationS - end < PAUSE_S;
    if (isSpeaking !== this.isSpeaking) this.events.onSpeaking?.(isSpeaking);
    this.isSpeaking = isSpeaking;
  }
}
