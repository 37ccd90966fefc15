/** The waveform and the log-mel picture of a recording, built while it streams by. */
import { Fbank } from '../core/fbank.js';
import type { Core } from '../core/module.js';
import { Resampler } from '../core/resampler.js';
import type { FrontEndOptions } from '../model/manifest.js';
import { Extremes } from './extremes.js';
import { MeanRows } from './mean-rows.js';
import type { PcmStream } from './pcm-stream.js';

export class Picture {
  private readonly peaks: Extremes | null;
  private readonly logMel: LogMel | null;

  constructor(core: Core, options: FrontEndOptions, stream: PcmStream, maxFrames: number, numPeaks: number) {
    const perPart = stream.numSamples === null ? 1 : Math.ceil(stream.numSamples / numPeaks);
    this.peaks = numPeaks === 0 ? null : new Extremes(numPeaks, Math.max(1, perPart));
    this.logMel = maxFrames === 0 ? null : new LogMel(core, options, stream, maxFrames);
  }

  push(samples: Float32Array): void {
    this.peaks?.push(samples);
    this.logMel?.push(samples);
  }

  finish(): { readonly peaks: Float32Array; readonly logMel: Float32Array } {
    return { peaks: this.peaks?.finish() ?? new Float32Array(), logMel: this.logMel?.finish() ?? new Float32Array() };
  }

  dispose(): void {
    this.logMel?.dispose();
  }
}

class LogMel {
  private readonly resampler: Resampler;
  private readonly fbank: Fbank;
  private readonly rows: MeanRows;
  /** Samples at the model's rate that later frames still need. */
  private rest = new Float32Array();

  constructor(core: Core, options: FrontEndOptions, stream: PcmStream, maxFrames: number) {
    this.resampler = new Resampler(core, stream.sampleRateHz, options.sampleRateHz);
    this.fbank = new Fbank(core, options);
    const { bins, frameLength, frameShift } = this.fbank;
    const numSamples = Math.ceil(((stream.numSamples ?? 0) * options.sampleRateHz) / stream.sampleRateHz);
    const numFrames = 1 + Math.floor((numSamples - frameLength) / frameShift);
    this.rows = new MeanRows(bins, maxFrames, Math.max(1, Math.ceil(numFrames / maxFrames)));
  }

  push(samples: Float32Array): void {
    this.add(this.resampler.push(samples));
  }

  finish(): Float32Array {
    this.add(this.resampler.finish());
    return this.rows.finish();
  }

  dispose(): void {
    this.resampler.dispose();
    this.fbank.dispose();
  }

  private add(samples: Float32Array): void {
    const { bins, frameShift } = this.fbank;
    const joined = new Float32Array(this.rest.length + samples.length);
    joined.set(this.rest);
    joined.set(samples, this.rest.length);
    const features = this.fbank.compute(joined);
    for (let at = 0; at < features.length; at += bins) this.rows.push(features.subarray(at, at + bins));
    this.rest = joined.slice((features.length / bins) * frameShift);
  }
}
