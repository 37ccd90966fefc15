/** The facade: public options in, engine calls out. */
import { assetsAt, bundledAssets, folderUrl } from './assets.js';
import { transferOf } from './audio/source.js';
import { checkedEmbedding, checkedScorable } from './checked-embedding.js';
import { PRECISIONS } from './core/gallery.js';
import type { Diarization, DiarizeOptions } from './diarization-types.js';
import type { ComparedSide, EngineCall, EngineResult, LoadRequest, PreparedRecording } from './engine.js';
import { asVoiceprintError, throwIfAborted, VoiceprintError } from './error.js';
import { DatabaseBackend } from './gallery/database-backend.js';
import { FileBackend } from './gallery/file-backend.js';
import { type GalleryHost, HostedGallery } from './gallery/gallery.js';
import type { GalleryResult } from './gallery/operations.js';
import type { Gallery, GalleryOptions, Probe } from './gallery-types.js';
import { modelPlace } from './model/model-place.js';
import type { Platform } from './platform/platform.js';
import { memoryStore } from './store/memory.js';
import { NO_TIME, type TimedEmbedding } from './timing.js';
import type {
  Analysis,
  AnalyzeOptions,
  CallOptions,
  CompareOptions,
  Comparison,
  Embedding,
  FreshEmbedding,
  LoadOptions,
  ModelInfo,
  Recording,
  ScorableEmbedding,
  Similarity,
  Voiceprint,
  VoiceprintLoader,
  WasmBinary,
} from './types.js';
import type { EngineHost } from './worker/engine-host.js';
import { LocalHost } from './worker/local-host.js';
import { WorkerHost } from './worker/worker-host.js';

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_FRAMES = 512;
const DEFAULT_NUM_PEAKS = 1024;
const MAX_SIMILARITY_SIZE = 2048;

export function voiceprintLoader(platform: Platform): VoiceprintLoader {
  return {
    load: async (options = {}) => {
      try {
        checkOptions('load', options);
        throwIfAborted(options.signal);
        return new HostedVoiceprint(await startHost(platform, options), platform);
      } catch (error) {
        throw asVoiceprintError(error);
      }
    },
  };
}

function startHost(platform: Platform, options: LoadOptions): Promise<EngineHost> {
  const assetBase = options.assetBase === undefined ? null : folderUrl(platform.resolve(options.assetBase));
  const assets = assetBase ? assetsAt(assetBase) : bundledAssets();
  const request: LoadRequest = {
    assets: assets.engine,
    wasmBinary: checkedBinary(options.wasmBinary ?? {}),
    model: options.model === undefined ? assets.model : modelPlace(options.model, platform),
    threads: wholeNumber('threads', options.threads ?? 1, 1, platform.maxThreads),
  };
  const { ort = null } = options;
  if (options.worker === false) return LocalHost.load(request, platform, options, ort);
  if (ort !== null) {
    throw new VoiceprintError(
      'invalid_argument',
      'ort is a module, which does not cross to a worker: add worker: false.',
    );
  }
  const timeoutMs = wholeNumber('timeoutMs', options.timeoutMs ?? DEFAULT_TIMEOUT_MS, 1);
  return WorkerHost.load(() => platform.spawnWorker(assetBase), request, timeoutMs, options);
}

function checkedBinary(wasmBinary: WasmBinary): WasmBinary {
  for (const name of ['core', 'ort'] as const) {
    const bytes = wasmBinary[name];
    if (bytes !== undefined && !(bytes instanceof Uint8Array))
      throw new VoiceprintError('invalid_argument', `wasmBinary.${name} must be a Uint8Array.`);
  }
  return wasmBinary;
}

function checkOptions(call: string, options: unknown): void {
  if (typeof options !== 'object' || options === null)
    throw new VoiceprintError('invalid_argument', `The options of ${call}() are an object, or left out.`);
}

const isEmbedding = (probe: Recording | Embedding): probe is Embedding =>
  typeof probe === 'object' && probe !== null && 'modelSha256' in probe;

function checkStore(store: unknown): void {
  const methods = [
    ['read', 'revision', 'update'],
    ['count', 'load', 'nearest', 'update', 'clear'],
  ];
  const has = (name: string) => typeof (store as Record<string, unknown> | null)?.[name] === 'function';
  if (!methods.some((names) => names.every(has)))
    throw new VoiceprintError(
      'invalid_argument',
      'store must be a GalleryStore, as fileStore(path) gives one, or a VoiceprintDatabase: methods of it are missing.',
    );
}

function wholeNumber(name: string, value: number, least: number, most = 0x7fffffff): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new VoiceprintError(
      'invalid_argument',
      `${name} must be a whole number from ${least} to ${most}, but it is ${value}.`,
    );
  }
  return value;
}

class HostedVoiceprint implements Voiceprint {
  constructor(
    private readonly host: EngineHost,
    private readonly platform: Platform,
  ) {}

  get model(): ModelInfo {
    return this.host.model;
  }

  async embed(recording: Recording, options: CallOptions = {}): Promise<FreshEmbedding> {
    const prepared = await this.prepare(recording, options);
    return (await this.call({ method: 'embed', ...prepared }, transferOf(prepared.source), options)) as FreshEmbedding;
  }

  async compare(a: Recording | Embedding, b: Recording | Embedding, options: CompareOptions = {}): Promise<Comparison> {
    const { targetFalseAlarmRate = null, pTarget = null } = options;
    const sides = [await this.prepareSide(a, options), await this.prepareSide(b, options)] as const;
    const call: EngineCall = { method: 'compare', sides, options: { targetFalseAlarmRate, pTarget } };
    const transfer = sides.flatMap((side) => ('source' in side ? transferOf(side.source) : []));
    return (await this.call(call, transfer, options)) as Comparison;
  }

  async analyze(recording: Recording, options: AnalyzeOptions = {}): Promise<Analysis> {
    const maxFrames = wholeNumber('maxFrames', options.maxFrames ?? DEFAULT_MAX_FRAMES, 0);
    const numPeaks = wholeNumber('numPeaks', options.numPeaks ?? DEFAULT_NUM_PEAKS, 0);
    const { source } = await this.prepare(recording, options);
    return (await this.call(
      { method: 'analyze', source, maxFrames, numPeaks },
      transferOf(source),
      options,
    )) as Analysis;
  }

  async diarize(recording: Recording, options: DiarizeOptions = {}): Promise<Diarization> {
    const { numSpeakers, maxSpeakers = 20, pTarget = 0.85, minSpeakerS = 2, windowS = 1.5 } = options;
    const { hopS = windowS / 2, maxPauseS = 0.5 } = options;
    if (!(pTarget > 0 && pTarget < 1)) {
      throw new VoiceprintError('invalid_argument', `pTarget must be between 0 and 1, but it is ${pTarget}.`);
    }
    if (!(windowS >= 0.5 && windowS <= 10)) {
      throw new VoiceprintError('invalid_argument', `windowS must be 0.5 to 10, but it is ${windowS}.`);
    }
    if (!(hopS >= 0.1 && hopS <= windowS)) {
      throw new VoiceprintError('invalid_argument', `hopS must be 0.1 to windowS, but it is ${hopS}.`);
    }
    for (const [name, value] of Object.entries({ minSpeakerS, maxPauseS })) {
      if (!(value >= 0))
        throw new VoiceprintError('invalid_argument', `${name} must be 0 or more, but it is ${value}.`);
    }
    const plan = {
      numSpeakers: numSpeakers === undefined ? 0 : wholeNumber('numSpeakers', numSpeakers, 1),
      maxSpeakers: wholeNumber('maxSpeakers', maxSpeakers, 1),
      pTarget,
      minSpeakerS,
      windowS,
      hopS,
      maxPauseS,
    };
    const prepared = await this.prepare(recording, options);
    const call: EngineCall = { method: 'diarize', plan, ...prepared };
    return (await this.call(call, transferOf(prepared.source), options)) as Diarization;
  }

  async similarity(embeddings: readonly ScorableEmbedding[], options: CallOptions = {}): Promise<Similarity> {
    if (!Array.isArray(embeddings))
      throw new VoiceprintError('invalid_argument', 'similarity takes an array of embeddings.');
    if (embeddings.length > MAX_SIMILARITY_SIZE) {
      throw new VoiceprintError(
        'invalid_argument',
        `similarity takes at most ${MAX_SIMILARITY_SIZE} embeddings, but there are ${embeddings.length}.`,
      );
    }
    const sides = embeddings.map((embedding: ScorableEmbedding, i) =>
      checkedScorable(embedding, { model: this.model, what: `Embedding ${i}`, foreign: 'invalid_argument' }),
    );
    return (await this.call({ method: 'similarity', embeddings: sides }, [], options)) as Similarity;
  }

  async openGallery(options: GalleryOptions = {}): Promise<Gallery> {
    checkOptions('openGallery', options);
    const { store = memoryStore(), precision = 'float32' } = options;
    checkStore(store);
    if (!PRECISIONS.includes(precision)) {
      throw new VoiceprintError('invalid_argument', `precision must be 'float32' or 'int8', but it is ${precision}.`);
    }
    const host: GalleryHost = {
      embed: (recording, options) => this.embed(recording, options),
      embedProbe: (probe, options) => this.embedProbe(probe, options),
      modelSha256: this.model.sha256,
      run: async (operation) => (await this.call({ method: 'gallery', operation }, [], {})) as GalleryResult,
    };
    const backend =
      'nearest' in store
        ? new DatabaseBackend(store, precision, host.run)
        : new FileBackend(store, precision, host.run);
    await backend.open();
    return new HostedGallery(host, backend);
  }

  dispose(): Promise<void> {
    return this.host.dispose();
  }

  /** An embedding stays what it is, if it is of this model. */
  private async embedProbe(probe: Probe, options: CallOptions): Promise<TimedEmbedding> {
    if (!isEmbedding(probe)) return this.embed(probe, options);
    const expected = { model: this.model, what: 'The embedding', foreign: 'gallery_model' } as const;
    return { ...checkedEmbedding(probe, expected), timing: NO_TIME };
  }

  private async prepareSide(side: Recording | Embedding, options: CallOptions): Promise<ComparedSide> {
    if (!isEmbedding(side)) return this.prepare(side, options);
    const expected = { model: this.model, what: 'The embedding', foreign: 'invalid_argument' } as const;
    return { embedding: checkedEmbedding(side, expected) };
  }

  private async prepare(recording: Recording, { signal }: CallOptions): Promise<PreparedRecording> {
    throwIfAborted(signal);
    const startMs = performance.now();
    try {
      const source = await this.platform.prepare(recording, signal ?? new AbortController().signal);
      return { source, preparedMs: performance.now() - startMs };
    } catch (error) {
      throw asVoiceprintError(error);
    }
  }

  private async call(call: EngineCall, transfer: readonly ArrayBuffer[], options: CallOptions): Promise<EngineResult> {
    try {
      return await this.host.run(call, transfer, options);
    } catch (error) {
      throw asVoiceprintError(error);
    }
  }
}
