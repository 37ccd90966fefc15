/** The WebAssembly core: loading it, its memory and its statuses. Only this folder knows that it is WebAssembly. */
import { coreError, VoiceprintError } from '../error.js';

type Pointer = number;
type Status = number;

/** `wasm/voiceprint_c.h`, with pointers and counts as numbers. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  _initialize(): void;
  vp_abi_version(): number;
  vp_last_error(): Pointer;
  vp_alloc(numBytes: number): Pointer;
  vp_free(memory: Pointer): void;
  vp_wav_parse(head: Pointer, headBytes: number, fileBytes: number, format: Pointer): Status;
  vp_wav_decode(format: Pointer, bytes: Pointer, numFrames: number, mono: Pointer): Status;
  vp_front_end_create(options: Pointer, inputRateHz: number, out: Pointer): Status;
  vp_front_end_destroy(frontEnd: Pointer): void;
  vp_front_end_push(frontEnd: Pointer, mono: Pointer, numSamples: number): Status;
  vp_front_end_finish(frontEnd: Pointer): Status;
  vp_front_end_quality(frontEnd: Pointer, out: Pointer): Status;
  vp_front_end_num_segments(frontEnd: Pointer, out: Pointer): Status;
  vp_front_end_segment(frontEnd: Pointer, index: number, values: Pointer, numFrames: Pointer): Status;
  vp_front_end_intervals(frontEnd: Pointer, beginEndS: Pointer, numIntervals: Pointer): Status;
  vp_front_end_plan_windows(
    frontEnd: Pointer,
    windowS: number,
    hopS: number,
    beginEndS: Pointer,
    numWindows: Pointer,
  ): Status;
  vp_front_end_window(frontEnd: Pointer, index: number, values: Pointer, numFrames: Pointer): Status;
  vp_quality_reasons(quality: Pointer, limits: Pointer, reasons: Pointer): Status;
  vp_is_inconclusive(reasons: number): number;
  vp_fbank_create(options: Pointer, out: Pointer): Status;
  vp_fbank_destroy(fbank: Pointer): void;
  vp_fbank_num_frames(fbank: Pointer, numSamples: number, out: Pointer): Status;
  vp_fbank_compute(fbank: Pointer, samples: Pointer, numSamples: number, features: Pointer): Status;
  vp_resampler_create(inputRateHz: number, outputRateHz: number, out: Pointer): Status;
  vp_resampler_destroy(resampler: Pointer): void;
  vp_resampler_push(resampler: Pointer, samples: Pointer, numSamples: number, out: Pointer, numOut: Pointer): Status;
  vp_resampler_finish(resampler: Pointer, out: Pointer, numOut: Pointer): Status;
  vp_mean_embedding(embeddings: Pointer, numEmbeddings: number, dimension: number, mean: Pointer): Status;
  vp_posterior(llr: number, pTarget: number, probability: Pointer): Status;
  vp_gallery_create(
    modelSha256: Pointer,
    modelName: Pointer,
    modelNameBytes: number,
    dimension: number,
    precision: number,
    out: Pointer,
  ): Status;
  vp_gallery_parse(file: Pointer, fileBytes: number, out: Pointer): Status;
  vp_gallery_destroy(gallery: Pointer): void;
  vp_gallery_serialise(gallery: Pointer, file: Pointer, fileBytes: Pointer): Status;
  vp_gallery_describe(gallery: Pointer, out: Pointer): Status;
  vp_gallery_model(gallery: Pointer, sha256: Pointer, name: Pointer, nameBytes: Pointer): Status;
  vp_gallery_voiceprint(gallery: Pointer, index: number, out: Pointer, name: Pointer, nameBytes: Pointer): Status;
  vp_gallery_find(gallery: Pointer, name: Pointer, nameBytes: number, index: Pointer): Status;
  vp_gallery_add(gallery: Pointer, name: Pointer, nameBytes: number, embedding: Pointer, info: Pointer): Status;
  vp_gallery_copy(gallery: Pointer, from: Pointer, index: number, onConflict: number): Status;
  vp_gallery_remove(gallery: Pointer, index: number): Status;
  vp_gallery_rename(gallery: Pointer, index: number, name: Pointer, nameBytes: number): Status;
  vp_gallery_trim_adapted(gallery: Pointer, index: number, maxAdapted: number): Status;
  vp_gallery_embedding(gallery: Pointer, index: number, embedding: number, out: Pointer, info: Pointer): Status;
  vp_gallery_centroid(gallery: Pointer, index: number, out: Pointer): Status;
  vp_gallery_search(
    gallery: Pointer,
    probe: Pointer,
    maxCandidates: number,
    indices: Pointer,
    scores: Pointer,
    numCandidates: Pointer,
  ): Status;
  vp_trial_scorer_create(
    options: Pointer,
    terms: Pointer,
    numTerms: number,
    cohort: Pointer,
    cohortBytes: number,
    modelSha256: Pointer,
    out: Pointer,
  ): Status;
  vp_trial_scorer_destroy(scorer: Pointer): void;
  vp_trial_scorer_statistics(scorer: Pointer, embedding: Pointer, out: Pointer): Status;
  vp_trial_scorer_score(
    scorer: Pointer,
    a: Pointer,
    qualityA: Pointer,
    statisticsA: Pointer,
    b: Pointer,
    qualityB: Pointer,
    statisticsB: Pointer,
    out: Pointer,
  ): Status;
  vp_cluster_speakers(
    llrs: Pointer,
    beginEndS: Pointer,
    numWindows: number,
    options: Pointer,
    speakers: Pointer,
  ): Status;
  vp_join_turns(
    beginEndS: Pointer,
    speakers: Pointer,
    numWindows: number,
    maxPauseS: number,
    turns: Pointer,
    numTurns: Pointer,
  ): Status;
  vp_measure_trials(
    scores: Pointer,
    isTarget: Pointer,
    enrollSpeakers: Pointer,
    testSpeakers: Pointer,
    numTrials: number,
    costs: Pointer,
    numCosts: number,
    scoresAreLlrs: number,
    resamplings: number,
    metrics: Pointer,
    costMetrics: Pointer,
  ): Status;
  vp_measure_diarization(
    reference: Pointer,
    numReference: number,
    hypothesis: Pointer,
    numHypothesis: number,
    collarS: number,
    out: Pointer,
  ): Status;
}

const ABI_VERSION = 7;

export class Core {
  private constructor(readonly c: Exports) {}

  /** Throws `unsupported_environment` where WebAssembly is missing or forbidden, or the file is of another version. */
  static async instantiate(wasm: Uint8Array<ArrayBuffer>): Promise<Core> {
    const core = new Core(await instantiateExports(wasm));
    core.c._initialize(); // before anything else: static constructors and the allocator
    const version = core.c.vp_abi_version();
    if (version !== ABI_VERSION) {
      throw new VoiceprintError(
        'unsupported_environment',
        `voiceprint.wasm has ABI ${version}, this package needs ${ABI_VERSION}: serve matching files.`,
      );
    }
    return core;
  }

  /** Throws the typed error of a non-zero status. */
  check(status: Status): void {
    if (status !== 0) throw coreError(status, this.lastError());
  }

  /** Calls with memory for `numBytes` bytes that is freed afterwards. */
  scratch<T>(numBytes: number, use: (pointer: Pointer) => T): T {
    const pointer = this.alloc(numBytes);
    try {
      return use(pointer);
    } finally {
      this.c.vp_free(pointer);
    }
  }

  /** At least one byte, so that no array is NULL. */
  alloc(numBytes: number): Pointer {
    const pointer = this.c.vp_alloc(Math.max(1, numBytes));
    if (pointer === 0) throw new VoiceprintError('out_of_memory', `The core could not allocate ${numBytes} bytes.`);
    return pointer;
  }

  // Views into the module's memory. Growth detaches older views: make one, use it, forget it.
  bytes(pointer: Pointer, count: number): Uint8Array {
    return new Uint8Array(this.c.memory.buffer, pointer, count);
  }

  floats(pointer: Pointer, count: number): Float32Array {
    return new Float32Array(this.c.memory.buffer, pointer, count);
  }

  doubles(pointer: Pointer, count: number): Float64Array {
    return new Float64Array(this.c.memory.buffer, pointer, count);
  }

  /** The uint32 (or pointer) at `pointer`. */
  uint(pointer: Pointer): number {
    return new DataView(this.c.memory.buffer).getUint32(pointer, true);
  }

  /** UTF-8. */
  text(pointer: Pointer, numBytes: number): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.bytes(pointer, numBytes).slice());
  }

  private lastError(): string {
    const pointer = this.c.vp_last_error();
    return this.text(pointer, new Uint8Array(this.c.memory.buffer, pointer).indexOf(0));
  }
}

async function instantiateExports(wasm: Uint8Array<ArrayBuffer>): Promise<Exports> {
  if (typeof WebAssembly === 'undefined') {
    throw new VoiceprintError('unsupported_environment', 'WebAssembly is missing here.');
  }
  try {
    const { instance } = await WebAssembly.instantiate(wasm, {
      env: { emscripten_notify_memory_growth: () => {} },
      wasi_snapshot_preview1: {
        proc_exit: (status: number) => {
          throw new Error(`The core exited with status ${status}.`);
        },
      },
    });
    return instance.exports as unknown as Exports;
  } catch (error) {
    const cure = "Allow 'wasm-unsafe-eval' in the page's Content-Security-Policy and serve voiceprint.wasm unchanged.";
    throw new VoiceprintError('unsupported_environment', `voiceprint.wasm could not be started: ${error}. ${cure}`, {
      cause: error,
    });
  }
}
