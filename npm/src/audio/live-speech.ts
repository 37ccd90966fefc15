/** How much speech a running recording holds, measured by the same code that will judge it. */
import type { Recorder, Voiceprint } from '../types.js';

const INTERVAL_MS = 500;

export class LiveSpeech {
  private isMeasuring = false;
  private isStopped = false;
  private lastStart = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly voiceprint: Voiceprint | Promise<Voiceprint>,
    private readonly onSpeech: (netSpeechS: number) => void,
  ) {}

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
    const voiceprint = await this.voiceprint;
    const { quality } = await voiceprint.analyze(recorder.snapshot(), { maxFrames: 0, numPeaks: 0 });
    if (!this.isStopped) this.onSpeech(quality.netSpeechS);
  }
}
