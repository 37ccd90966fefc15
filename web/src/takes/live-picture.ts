/** The waveform and the log-mel picture of a recording while it is being made: the package analyses each new part. */
import type { Pcm, Voiceprint } from 'voiceprint-wasm';

export const COLUMNS_PER_S = 50;
const FRAMES_PER_COLUMN = 2;
/** Columns before the new part that go along, so that its first frames are whole and past the edge of the resampler. */
const CONTEXT_COLUMNS = 5;
/** A few columns at a time cost the worker less than one at a time, and are still seen as they are heard. */
const LEAST_NEW_COLUMNS = 4;

export interface Column {
  readonly low: number;
  readonly high: number;
  /** Natural-log mel energies from low to high. */
  readonly logMel: Float32Array;
}

export class LivePicture {
  /** In order of time, 20 ms each. */
  readonly columns: Column[] = [];
  /** Samples that have no column yet, and those of the context before them. */
  private recent = new Float32Array();
  /** Column at which `recent` begins. */
  private recentColumn = 0;
  private isBusy = false;
  private isStopped = false;

  constructor(private readonly voiceprint: Promise<Voiceprint>) {}

  /** Takes the next samples, always at one rate. Never two analyses at a time. */
  push({ samples, sampleRateHz }: Pcm): void {
    if (this.isStopped) return;
    const joined = new Float32Array(this.recent.length + samples.length);
    joined.set(this.recent);
    joined.set(samples, this.recent.length);
    this.recent = joined;
    const numColumns = Math.floor((joined.length * COLUMNS_PER_S) / sampleRateHz);
    if (this.isBusy || this.recentColumn + numColumns < this.columns.length + LEAST_NEW_COLUMNS) return;
    this.isBusy = true;
    // A part that cannot be analysed is left out of the picture: the recording itself goes on, and its final analysis tells why.
    this.add(numColumns, sampleRateHz)
      .catch(() => undefined)
      .finally(() => {
        this.isBusy = false;
      });
  }

  stop(): void {
    this.isStopped = true;
  }

  private async add(numColumns: number, sampleRateHz: number): Promise<void> {
    const perColumn = sampleRateHz / COLUMNS_PER_S;
    const voiceprint = await this.voiceprint;
    const { logMel, logMelBins, peaks } = await voiceprint.analyze(
      { samples: this.recent.subarray(0, Math.round(numColumns * perColumn)), sampleRateHz },
      { maxFrames: numColumns * FRAMES_PER_COLUMN, numPeaks: numColumns },
    );
    if (this.isStopped) return;
    const frames = logMel.length / logMelBins;
    // The last column has no frame of its own: it would need samples that are still to come.
    const end = Math.min(numColumns, Math.ceil(frames / FRAMES_PER_COLUMN));
    for (let at = this.columns.length - this.recentColumn; at < end; at++) {
      const frame = Math.min(frames - 1, at * FRAMES_PER_COLUMN);
      this.columns.push({
        low: peaks[2 * at] ?? 0,
        high: peaks[2 * at + 1] ?? 0,
        logMel: logMel.slice(frame * logMelBins, (frame + 1) * logMelBins),
      });
    }
    const passed = Math.max(0, this.columns.length - CONTEXT_COLUMNS - this.recentColumn);
    this.recent = this.recent.slice(Math.round(passed * perColumn));
    this.recentColumn += passed;
  }
}
