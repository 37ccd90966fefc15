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
  private isBusy = false;
  private isStopped = false;

  constructor(private readonly voiceprint: Promise<Voiceprint>) {}

  /** Call whenever there are new samples; `snapshot` gives everything so far. Never two analyses at a time. */
  update(elapsedS: number, snapshot: () => Pcm): void {
    if (this.isBusy || this.isStopped) return;
    if (elapsedS * COLUMNS_PER_S < this.columns.length + LEAST_NEW_COLUMNS) return;
    this.isBusy = true;
    // A part that cannot be analysed is left out of the picture: the recording itself goes on, and its final analysis tells why.
    this.add(snapshot)
      .catch(() => undefined)
      .finally(() => {
        this.isBusy = false;
      });
  }

  stop(): void {
    this.isStopped = true;
  }

  private async add(snapshot: () => Pcm): Promise<void> {
    const voiceprint = await this.voiceprint;
    const { samples, sampleRateHz } = snapshot();
    const perColumn = sampleRateHz / COLUMNS_PER_S;
    const first = Math.max(0, this.columns.length - CONTEXT_COLUMNS);
    const last = Math.floor(samples.length / perColumn);
    if (last <= this.columns.length) return;
    const part = samples.subarray(Math.round(first * perColumn), Math.round(last * perColumn));
    const numColumns = last - first;
    const { logMel, logMelBins, peaks } = await voiceprint.analyze(
      { samples: part, sampleRateHz },
      { maxFrames: numColumns * FRAMES_PER_COLUMN, numPeaks: numColumns },
    );
    if (this.isStopped) return;
    const frames = logMel.length / logMelBins;
    // The last column has no frame of its own: it would need samples that are still to come.
    for (let at = this.columns.length - first; at < Math.min(numColumns, Math.ceil(frames / FRAMES_PER_COLUMN)); at++) {
      const frame = Math.min(frames - 1, at * FRAMES_PER_COLUMN);
      this.columns.push({
        low: peaks[2 * at] ?? 0,
        high: peaks[2 * at + 1] ?? 0,
        logMel: logMel.slice(frame * logMelBins, (frame + 1) * logMelBins),
      });
    }
  }
}
