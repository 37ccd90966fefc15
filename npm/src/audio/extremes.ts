/** A waveform's outline: minimum and maximum of at most `maxParts` equal parts, without knowing how long it will be. */

/** When `maxParts` overflow, neighbours are joined and each stands for twice as many samples; the last part may be shorter. */
export class Extremes {
  /** Minimum and maximum of each part, interleaved. */
  private readonly parts: Float32Array;
  private numSamples = 0;

  constructor(
    private readonly maxParts: number,
    private samplesPerPart: number,
  ) {
    this.parts = new Float32Array(2 * maxParts);
  }

  push(samples: Float32Array): void {
    for (let begin = 0; begin < samples.length; ) {
      if (this.numSamples === this.maxParts * this.samplesPerPart) this.halve();
      const inPart = this.numSamples % this.samplesPerPart;
      const end = Math.min(samples.length, begin + this.samplesPerPart - inPart);
      this.widen(Math.floor(this.numSamples / this.samplesPerPart), inPart === 0, samples.subarray(begin, end));
      this.numSamples += end - begin;
      begin = end;
    }
  }

  finish(): Float32Array {
    return this.parts.slice(0, 2 * Math.ceil(this.numSamples / this.samplesPerPart));
  }

  private widen(part: number, isNew: boolean, samples: Float32Array): void {
    let low = isNew ? Number.POSITIVE_INFINITY : (this.parts[2 * part] ?? 0);
    let high = isNew ? Number.NEGATIVE_INFINITY : (this.parts[2 * part + 1] ?? 0);
    for (const sample of samples) {
      if (sample < low) low = sample;
      if (sample > high) high = sample;
    }
    this.parts.set([low, high], 2 * part);
  }

  private halve(): void {
    const { parts } = this;
    for (let part = 0; 2 * part < this.maxParts; part++) {
      // The last part of an odd number has no neighbour.
      const [low = 0, high = 0, nextLow = low, nextHigh = high] = parts.subarray(4 * part, 4 * part + 4);
      parts.set([Math.min(low, nextLow), Math.max(high, nextHigh)], 2 * part);
    }
    this.samplesPerPart *= 2;
  }
}
