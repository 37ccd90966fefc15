/** Mono samples that arrive in pieces. */

export interface PcmStream {
  readonly sampleRateHz: number;
  /** Null where only the end will tell. */
  readonly numSamples: number | null;
  chunks(): AsyncIterable<Float32Array>;
  /** Frees what the stream holds; also ends it early. */
  close(): Promise<void>;
}

/** One or two seconds of speech: small enough to report and to stop often, large enough to cost nothing. */
export const CHUNK_SAMPLES = 65536;

export function pcmStream(samples: Float32Array, sampleRateHz: number): PcmStream {
  return {
    sampleRateHz,
    numSamples: samples.length,
    async *chunks() {
      for (let begin = 0; begin < samples.length; begin += CHUNK_SAMPLES) {
        yield samples.subarray(begin, begin + CHUNK_SAMPLES);
      }
    },
    close: async () => {},
  };
}
