/** Public types of voiceprint-wasm. The words are those of the C++ core and of FORMATS.md. */

/** Mono samples in [-1, 1] at any rate from 8 to 192 kHz. */
export interface Pcm {
  readonly samples: Float32Array;
  readonly sampleRateHz: number;
}

/**
 * Anything with a voice in it: PCM; a WAV file's bytes (in browsers any format that the browser decodes); a Blob or File;
 * in Node also a path.
 */
export type Recording = Pcm | ArrayBuffer | Uint8Array | Blob | string;

export type QualityReason =
  | 'too_short'
  | 'too_quiet'
  | 'clipped'
  | 'noisy'
  | 'no_speech'
  | 'different_speaker'
  | 'band_limited';

export interface Quality {
  /** True when there is no reason against judging the recording. */
  readonly ok: boolean;
  readonly reasons: readonly QualityReason[];
  readonly durationS: number;
  readonly netSpeechS: number;
  readonly levelDbfs: number;
  readonly peakDbfs: number;
  readonly clippedFraction: number;
  readonly snrDb: number;
  readonly bandwidthHz: number;
}

export type Decision = 'accept' | 'reject' | 'inconclusive';

/** One way to trade false alarms against misses, fitted on the trial list that it names. */
export interface OperatingPoint {
  readonly name: string;
  readonly targetFalseAlarmRate: number;
  readonly thresholdScore: number;
  readonly thresholdLlr: number;
  readonly measuredFalseAlarmRate: number;
  readonly measuredMissRate: number;
  readonly trialList: string;
}

export interface Embedding {
  /** Unit length, `model.embeddingDim` values. Null when the recording holds nothing to embed (see `quality.reasons`). */
  readonly vector: Float32Array | null;
  readonly quality: Quality;
  /** SHA-256 of the ONNX file: embeddings of different models are never compared. */
  readonly modelSha256: string;
}

export interface Comparison {
  /** Cosine of the two embeddings, in [-1, 1]. Not a percentage, not a probability. Null when there is nothing to score. */
  readonly score: number | null;
  /** Natural-log likelihood ratio: above 0 speaks for one speaker. Null with `score`. */
  readonly llr: number | null;
  /** Posterior of "same speaker" at the prior `pTarget`. Null with `score`. */
  readonly probability: number | null;
  readonly pTarget: number;
  readonly threshold: OperatingPoint;
  readonly decision: Decision;
  readonly quality: readonly [Quality, Quality];
}

/** What the page draws; computed by the same core that feeds the network. */
export interface Analysis {
  readonly quality: Quality;
  /** Speech found, seconds from the start: [begin, end] pairs. */
  readonly speech: readonly (readonly [number, number])[];
  /** Log-mel picture of the whole recording before mean normalisation, row-major [frames][bins]; at most `maxFrames` rows (averaged). */
  readonly logMel: Float32Array;
  readonly logMelBins: number;
  /** Minimum and maximum of each of `peaks.length / 2` equal parts. */
  readonly peaks: Float32Array;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
}

export interface CompareOptions extends CallOptions {
  /** Highest acceptable rate of false alarms; picks the strictest listed operating point that keeps it. Default: the manifest's. */
  readonly targetFalseAlarmRate?: number;
  /** Prior probability of "same speaker" behind `probability`. Default 0.5. */
  readonly pTarget?: number;
}

export interface LoadOptions extends CallOptions {
  /** Where a model's `manifest.json` (and the ONNX beside it) lies, or both as bytes. Default: the bundled model. */
  readonly model?: string | URL | { readonly manifest: unknown; readonly onnx: Uint8Array };
  /** Where the package's own assets are served from. Default: beside the module. */
  readonly assetBase?: string | URL;
  /** Threads of the network; more than 1 needs a cross-origin isolated page. Default 1. */
  readonly threads?: number;
  /** Longest time that one network run may take before the worker is replaced. Default 30000. */
  readonly timeoutMs?: number;
  /** Run in a worker. Default true; false runs on the calling thread. */
  readonly worker?: boolean;
}

export interface ModelInfo {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly embeddingDim: number;
  readonly sampleRateHz: number;
  readonly operatingPoints: readonly OperatingPoint[];
  readonly evaluation: readonly ConditionResult[];
}

export interface ConditionResult {
  readonly condition: string;
  readonly targets: number;
  readonly nonTargets: number;
  readonly speakers: number;
  readonly eer: number;
  readonly eerInterval: readonly [number, number];
}

export interface Voiceprint {
  readonly model: ModelInfo;
  compare(a: Recording, b: Recording, options?: CompareOptions): Promise<Comparison>;
  embed(recording: Recording, options?: CallOptions): Promise<Embedding>;
  analyze(recording: Recording, options?: CallOptions & { readonly maxFrames?: number; readonly numPeaks?: number }): Promise<Analysis>;
  /** Frees the worker, the network and wasm memory. Later calls reject with code `disposed`. */
  dispose(): Promise<void>;
}
