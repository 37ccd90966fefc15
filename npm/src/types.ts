/** Public types of voiceprint-wasm. The words are those of the C++ core and of FORMATS.md. */
import type { Diarization, DiarizeOptions } from './diarization-types.js';
import type { Gallery, GalleryOptions } from './gallery-types.js';

/** Mono samples in [-1, 1] at any rate from 8 to 192 kHz. */
export interface Pcm {
  readonly samples: Float32Array;
  readonly sampleRateHz: number;
}

/**
 * Anything with a voice in it: PCM; the bytes of an audio file; a Blob or File; a string: in pages the URL of a file, in Node its path.
 *
 * WAV is read by the package itself, in pieces, identically everywhere. FLAC, Ogg, MP3, MP4/AAC and WebM are decoded by the browser, or in
 * Node by the `ffmpeg` on the PATH, or without one by the optional packages that the README lists. No array is changed or detached.
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
  /** LLRs from here on are accepted. */
  readonly thresholdLlr: number;
  /** The same as a cosine. Null where the model's calibration reads more than the cosine. */
  readonly thresholdScore: number | null;
  /** Prior and costs that the threshold was chosen for. */
  readonly pTarget: number;
  readonly costMiss: number;
  readonly costFalseAlarm: number;
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

/** Where the time of a call went, in milliseconds; waiting for earlier calls is not in it. What was an embedding already took none. */
export interface Timing {
  /** Reading and decoding the recordings. */
  readonly decodeMs: number;
  /** Resampling, finding and judging the speech, features. */
  readonly frontEndMs: number;
  readonly networkMs: number;
}

/** As `embed` gives it. */
export interface FreshEmbedding extends Embedding {
  /** Speech found, seconds from the start: [begin, end] pairs. */
  readonly speech: readonly (readonly [number, number])[];
  readonly timing: Timing;
}

/** What scoring reads of a recording: of an `Embedding`, or of an `EnrolledEmbedding` of a gallery. */
export interface ScorableEmbedding {
  /** Unit length. `similarity` refuses null. */
  readonly vector: Float32Array | null;
  readonly quality: Pick<Quality, 'netSpeechS' | 'snrDb' | 'bandwidthHz'>;
  readonly modelSha256: string;
}

/** Every embedding against every other. Row-major [size][size] and symmetric: that of i and j lies at i * size + j. */
export interface Similarity {
  readonly size: number;
  /** Cosines. On the diagonal 1. */
  readonly scores: Float32Array;
  /** As `compare` would give them; `operatingPoints` of the model say from where on they are accepted. */
  readonly llrs: Float32Array;
}

export interface Comparison {
  /** Cosine of the two embeddings, in [-1, 1]. Not a percentage, not a probability. Null when there is nothing to score. */
  readonly score: number | null;
  /** The score normalised by the model's cohort (AS-norm), from which such a model's LLR is computed. Null without cohort, and with `score`. */
  readonly asNorm: number | null;
  /** Natural-log likelihood ratio: above 0 speaks for one speaker. Null with `score`. */
  readonly llr: number | null;
  /** Posterior of "same speaker" at the prior `pTarget`. Null with `score`. */
  readonly probability: number | null;
  readonly pTarget: number;
  readonly threshold: OperatingPoint;
  readonly decision: Decision;
  readonly quality: readonly [Quality, Quality];
  /** Of both recordings together. */
  readonly timing: Timing;
}

/** What a page draws; computed by the same core that feeds the network. */
export interface Analysis {
  readonly quality: Quality;
  /** Speech found, seconds from the start: [begin, end] pairs. */
  readonly speech: readonly (readonly [number, number])[];
  /** Natural-log mel picture of the whole recording before mean normalisation, row-major [frames][bins]; at most `maxFrames` rows (averaged). */
  readonly logMel: Float32Array;
  readonly logMelBins: number;
  /** Minimum and maximum of each of `peaks.length / 2` equal parts (the last may be shorter); at most `numPeaks` parts. */
  readonly peaks: Float32Array;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
}

export interface AnalyzeOptions extends CallOptions {
  /** Default 512; 0 leaves the log-mel picture out. */
  readonly maxFrames?: number;
  /** Default 1024; 0 leaves the peaks out. */
  readonly numPeaks?: number;
}

export interface CompareOptions extends CallOptions {
  /**
   * Highest acceptable rate of false alarms: picks the listed operating point with the largest rate not above it. Stricter than every
   * listed point is `invalid_argument`. Default: the manifest's default point.
   */
  readonly targetFalseAlarmRate?: number;
  /** Prior probability of "same speaker" behind `probability`, in (0, 1). Default: the manifest's, usually 0.5. */
  readonly pTarget?: number;
}

/** A model whose files are served each under its own URL, as build tools do. */
export interface ModelUrls {
  readonly manifest: URL;
  readonly onnx: URL;
  /** Fetched where the manifest names a cohort file. */
  readonly cohort?: URL;
}

/** A model in memory. */
export interface ModelBytes {
  /** Parsed. */
  readonly manifest: unknown;
  readonly onnx: Uint8Array;
  /** Needed where the manifest names a cohort file. */
  readonly cohort?: Uint8Array;
}

export interface WasmBinary {
  /** `dist/voiceprint.wasm` of this version. */
  readonly core?: Uint8Array;
  /** `dist/ort/ort-wasm-simd-threaded.wasm`. Not read with `ort`. */
  readonly ort?: Uint8Array;
}

/** The part of ONNX Runtime's JavaScript interface that is used, as its packages export it. */
export interface OnnxRuntime {
  /** Has `create`. */
  readonly InferenceSession: unknown;
  /** A constructor. */
  readonly Tensor: unknown;
}

export interface LoadOptions extends CallOptions {
  /**
   * Default: the small model, which is bundled. `baseModel` of the package `voiceprint-wasm-base` is the larger one. Your own: the folder of its
   * `manifest.json` with the files that it names, or the manifest itself, as URL, or in Node as path; or its files by URLs or in memory.
   */
  readonly model?: string | URL | ModelUrls | ModelBytes;
  /** Where a copy of the package's `dist/` folder is served from, for build tools that do not emit its assets. Default: beside the module. */
  readonly assetBase?: string | URL;
  /** The package's WebAssembly files, for programs that carry them themselves; what is left out is fetched. */
  readonly wasmBinary?: WasmBinary;
  /**
   * ONNX Runtime to run the network by, in the place of the package's own: the module `onnxruntime-web` or `onnxruntime-node`, set up as you like.
   * Modules do not cross to workers: needs `worker: false`.
   */
  readonly ort?: OnnxRuntime;
  /** Threads of the network. Default 1. More help only in a cross-origin isolated page; in Node there is only 1. */
  readonly threads?: number;
  /** Longest silence of the worker (it reports after each piece of work) before it is replaced. Default 30000. Without a worker: no limit. */
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
  readonly defaultOperatingPoint: string;
  readonly evaluation: readonly ConditionResult[];
}

export interface ConditionResult {
  readonly condition: string;
  readonly targets: number;
  readonly nonTargets: number;
  readonly speakers: number;
  readonly eer: number;
  readonly eerInterval: readonly [number, number];
  /** Smallest detection cost at a prior of 1 %, normalised. */
  readonly minDcf001: number;
  readonly minDcf001Interval: readonly [number, number];
  /** Null where the manifest, an older one, has none. */
  readonly llrHistogram: LlrHistogram | null;
}

/**
 * How the LLRs of a condition lie: bin i counts the trials whose LLR is at least `low + i * binWidth` and less than the next bin's. All edges are
 * multiples of `binWidth`. The outermost bins also count what lies beyond.
 */
export interface LlrHistogram {
  readonly low: number;
  readonly binWidth: number;
  /** Pairs of one speaker; as many bins as `nonTargets`. */
  readonly targets: readonly number[];
  readonly nonTargets: readonly number[];
}

/** All calls may overlap; they run one after another. Every rejection is a VoiceprintError. */
export interface Voiceprint {
  readonly model: ModelInfo;
  /** Embeddings of this model, from `embed`, may stand for their recordings; of another model they are `invalid_argument`. */
  compare(a: Recording | Embedding, b: Recording | Embedding, options?: CompareOptions): Promise<Comparison>;
  embed(recording: Recording, options?: CallOptions): Promise<FreshEmbedding>;
  /**
   * Scores every pair of at most 2048 embeddings: of `embed`, or of a gallery's `embeddings`. Rejects with `invalid_argument` for an embedding
   * of another model or without a vector.
   */
  similarity(embeddings: readonly ScorableEmbedding[], options?: CallOptions): Promise<Similarity>;
  analyze(recording: Recording, options?: AnalyzeOptions): Promise<Analysis>;
  /** Who spoke when, in a recording with at most an hour of speech. A recording without speech has no turns. */
  diarize(recording: Recording, options?: DiarizeOptions): Promise<Diarization>;
  /** Opens the voiceprints that lie in a store, or begins with none. Rejects with `gallery_corrupt`, `gallery_version`, `gallery_model`, ... */
  openGallery(options?: GalleryOptions): Promise<Gallery>;
  /** Frees the worker, the network and wasm memory. Later calls reject with code `disposed`. */
  dispose(): Promise<void>;
}

export interface VoiceprintLoader {
  /** Loads the core, the network runtime and the model, and warms them up. */
  load(options?: LoadOptions): Promise<Voiceprint>;
}

export interface MicrophoneOptions {
  /** As `MediaDeviceInfo.deviceId`. Default: the system's choice. */
  readonly deviceId?: string;
  readonly signal?: AbortSignal;
  /** About 20 times a second. */
  readonly onLevel?: (level: MicrophoneLevel) => void;
  /** The samples as they come, about 20 times a second, to do with as you like. */
  readonly onSamples?: (samples: Pcm) => void;
  /** False: nothing is recorded, for `onSamples` over hours; `maxDurationS` has no default then. Default true. */
  readonly keep?: boolean;
  /** Once, when the recording cannot go on by itself: `microphone_lost`, or null at `maxDurationS`. `stop()` still gives what there is. */
  readonly onEnded?: (error: Error | null) => void;
  /** Longest recording, in seconds. Default 300. */
  readonly maxDurationS?: number;
  /** As in LoadOptions. */
  readonly assetBase?: string | URL;
}

export interface SpeechEvents {
  /** Measures speech, as it does for every recording. */
  readonly voiceprint: Voiceprint | Promise<Voiceprint>;
  /** The net speech so far, in seconds, about twice a second. */
  readonly onSpeech?: (netSpeechS: number) => void;
  /** Speech has begun, or has ended; noticed within half a second. */
  readonly onSpeaking?: (isSpeaking: boolean) => void;
}

/** Speech events need what is kept. */
export type RecorderOptions = MicrophoneOptions &
  (SpeechEvents | { readonly voiceprint?: never; readonly onSpeech?: never; readonly onSpeaking?: never });

/** Over the latest 50 ms; -120 for digital silence. */
export interface MicrophoneLevel {
  readonly rmsDbfs: number;
  readonly peakDbfs: number;
}

/** What the browser really granted; processing that is on changes a voice. */
export interface MicrophoneSettings {
  readonly label: string;
  readonly deviceId: string;
  readonly sampleRateHz: number;
  readonly echoCancellation: boolean;
  readonly noiseSuppression: boolean;
  readonly autoGainControl: boolean;
}

/** A running recording from the microphone. */
export interface Recorder {
  readonly settings: MicrophoneSettings;
  /** Everything recorded so far, without stopping. */
  snapshot(): Pcm;
  /** Ends the recording and frees the microphone. Rejects with `microphone_lost` if the device went away before the first sample. */
  stop(): Promise<Pcm>;
  /** Ends the recording, frees the microphone and forgets what was recorded. */
  cancel(): void;
}

/** A microphone that can be chosen. */
export interface MicrophoneDevice {
  /** For `deviceId` of `Recorder.start`. */
  readonly deviceId: string;
  /** Empty until the page was once allowed to use a microphone. */
  readonly label: string;
}

export interface RecorderStarter {
  /** The microphones that are connected. Rejects with `unsupported_environment`. */
  devices(): Promise<MicrophoneDevice[]>;
  /**
   * Opens the microphone at its own rate, without echo cancellation, noise suppression and gain control, and starts recording. Call it
   * from a click or key press. Rejects with `microphone_denied`, `microphone_missing`, `unsupported_environment` or `aborted`.
   */
  start(options?: RecorderOptions): Promise<Recorder>;
}
