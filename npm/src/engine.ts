/** The whole pipeline, recording to verdict, in one realm: a worker's, or the caller's. */
import { openStream } from './audio/open-stream.js';
import type { PcmStream } from './audio/pcm-stream.js';
import { Picture } from './audio/picture.js';
import type { AudioSource } from './audio/source.js';
import { FrontEnd } from './core/front-end.js';
import { Core } from './core/module.js';
import { meanEmbedding } from './core/scoring.js';
import { TrialScorer } from './core/trial-scorer.js';
import { choosePolicy, type DecisionOptions, decide } from './decision/compare.js';
import { type DiarizePlan, diarize, diarizingFrontEnd } from './decision/diarize.js';
import type { Diarization } from './diarization-types.js';
import { isAboutRecording, VoiceprintError } from './error.js';
import { HeldGalleries } from './gallery/held-galleries.js';
import type { GalleryOperation, GalleryResult } from './gallery/operations.js';
import { loadModel, type ModelPlace } from './model/load-model.js';
import { type FrontEndOptions, featureBins, type Manifest } from './model/manifest.js';
import { checkRuntime, Network, startRuntime } from './model/network.js';
import type { EnginePlatform, ReadOptions } from './platform/platform.js';
import type { Task } from './task.js';
import { addTimings, NO_TIME, StageClock, type TimedEmbedding } from './timing.js';
import type {
  Analysis,
  Comparison,
  Embedding,
  FreshEmbedding,
  ModelInfo,
  OnnxRuntime,
  ScorableEmbedding,
  Similarity,
  WasmBinary,
} from './types.js';

export interface LoadRequest {
  /** URLs of the package's own files. */
  readonly assets: {
    readonly core: string;
    readonly ortModule: string;
    readonly ortGlue: string;
    readonly ortWasm: string;
  };
  /** In the place of those files. */
  readonly wasmBinary: WasmBinary;
  readonly model: ModelPlace;
  readonly threads: number;
}

export type EngineCall =
  | ({ readonly method: 'embed' } & PreparedRecording)
  | { readonly method: 'gallery'; readonly operation: GalleryOperation }
  | {
      readonly method: 'compare';
      readonly sides: readonly [ComparedSide, ComparedSide];
      readonly options: DecisionOptions;
    }
  | ({ readonly method: 'diarize'; readonly plan: DiarizePlan } & PreparedRecording)
  | { readonly method: 'similarity'; readonly embeddings: readonly ScorableEmbedding[] }
  | AnalyzeCall;

/** A recording, and how long the caller took to read and decode it so far. */
export interface PreparedRecording {
  readonly source: AudioSource;
  readonly preparedMs: number;
}

/** A recording, or what `embed` gave of it. */
export type ComparedSide = PreparedRecording | { readonly embedding: Embedding };

interface AnalyzeCall {
  readonly method: 'analyze';
  readonly source: AudioSource;
  readonly maxFrames: number;
  readonly numPeaks: number;
}

export interface EngineResults {
  readonly embed: FreshEmbedding;
  readonly compare: Comparison;
  readonly diarize: Diarization;
  readonly analyze: Analysis;
  readonly similarity: Similarity;
  readonly gallery: GalleryResult;
}

export type EngineResult = EngineResults[keyof EngineResults];

/** Share of an embedding's progress that is reading; the rest is the network. */
const READING = 0.5;
const READING_OF_DIARIZATION = 0.1;

export class Engine {
  readonly model: ModelInfo;
  private readonly galleries: HeldGalleries;

  private constructor(
    private readonly platform: EnginePlatform,
    private readonly core: Core,
    private readonly manifest: Manifest,
    private readonly network: Network,
    private readonly scorer: TrialScorer,
  ) {
    this.galleries = new HeldGalleries(core, manifest, scorer);
    const { onnx, tensors, frontEnd, ...info } = manifest;
    this.model = {
      name: info.name,
      version: info.version,
      licence: info.licence,
      sha256: onnx.sha256,
      bytes: onnx.bytes,
      embeddingDim: tensors.embeddingDim,
      sampleRateHz: frontEnd.sampleRateHz,
      operatingPoints: info.operatingPoints,
      defaultOperatingPoint: info.defaultOperatingPoint,
      evaluation: info.evaluation,
    };
  }

  /** `ort`: the caller's runtime; null for the package's own. */
  static async load(
    { assets, wasmBinary, model, threads }: LoadRequest,
    platform: EnginePlatform,
    task: Task,
    ort: OnnxRuntime | null = null,
  ): Promise<Engine> {
    const { signal } = task;
    const fractions = { runtime: 0, onnx: 0 };
    const fetching = task.part(0, 0.7);
    const follow = (name: keyof typeof fractions) => ({
      signal,
      onProgress: (fraction: number) => {
        fractions[name] = fraction;
        fetching.progress((fractions.runtime + fractions.onnx) / 2);
      },
    });
    const ownWasm = (bytes: Uint8Array | undefined, url: string, options: ReadOptions) =>
      bytes ? Promise.resolve(new Uint8Array(bytes)) : readOwn(url, platform, options);
    const ownRuntime = async () => {
      const files = { module: assets.ortModule, glue: assets.ortGlue, wasm: assets.ortWasm };
      return startRuntime(files, ownWasm(wasmBinary.ort, assets.ortWasm, follow('runtime')), threads);
    };
    const [core, runtime, { manifest, onnx, cohort }] = await Promise.all([
      ownWasm(wasmBinary.core, assets.core, { signal }).then((wasm) => Core.instantiate(wasm)),
      ort ? checkRuntime(ort) : ownRuntime(),
      loadModel(model, platform, follow('onnx')),
    ]);
    await task.step(0.7);
    const scorer = new TrialScorer(core, manifest, cohort);
    const network = await Network.create(runtime, onnx, manifest);
    const engine = new Engine(platform, core, manifest, network, scorer);
    try {
      await engine.warmUp();
      task.progress(1);
      return engine;
    } catch (error) {
      await engine.dispose();
      throw error;
    }
  }

  async run(call: EngineCall, task: Task): Promise<EngineResult> {
    switch (call.method) {
      case 'embed':
        return this.embed(call, task);
      case 'analyze':
        return this.analyze(call, task);
      case 'diarize':
        return this.diarize(call, call.plan, task);
      case 'similarity':
        return this.similarity(call.embeddings, task);
      case 'gallery':
        return this.galleries.run(call.operation);
      case 'compare': {
        const policy = choosePolicy(this.manifest, call.options);
        const a = await this.embedSide(call.sides[0], task.part(0, 0.5));
        const b = await this.embedSide(call.sides[1], task.part(0.5, 1));
        return { ...decide(this.core, this.scorer, a, b, policy), timing: addTimings(a.timing, b.timing) };
      }
    }
  }

  dispose(): Promise<void> {
    return this.network.dispose();
  }

  private async embedSide(side: ComparedSide, task: Task): Promise<TimedEmbedding> {
    if ('source' in side) return this.embed(side, task);
    return { ...side.embedding, timing: NO_TIME };
  }

  private async similarity(embeddings: readonly ScorableEmbedding[], task: Task): Promise<Similarity> {
    const sides = embeddings.map(({ vector, quality }, i) => {
      if (vector !== null) return { vector, quality };
      const what = 'has no vector: its recording held nothing to embed';
      throw new VoiceprintError('invalid_argument', `Embedding ${i} ${what}.`);
    });
    const size = sides.length;
    return { size, ...(await this.scorer.scoreAll(sides, (row) => task.step((row + 1) / size))) };
  }

  private async embed({ source, preparedMs }: PreparedRecording, task: Task): Promise<FreshEmbedding> {
    const clock = new StageClock();
    const embedding = await this.withFrontEnd(source, async (stream, frontEnd) => {
      await feed(stream, [frontEnd], task.part(0, READING), clock);
      frontEnd.finish();
      const segments = frontEnd.segments();
      const quality = frontEnd.quality(this.manifest.qualityLimits);
      clock.book('frontEndMs');
      const inference = task.part(READING, 1);
      const rows: Float32Array[] = [];
      for (const segment of segments) {
        rows.push(await this.network.embed(segment));
        clock.book('networkMs');
        await inference.step(rows.length / segments.length);
        clock.skip();
      }
      const vector = rows.length === 0 ? null : meanEmbedding(this.core, rows);
      return { vector, quality, modelSha256: this.manifest.onnx.sha256, speech: frontEnd.intervals() };
    });
    return { ...embedding, timing: addTimings(clock.timing, { ...NO_TIME, decodeMs: preparedMs }) };
  }

  private async diarize(
    { source, preparedMs }: PreparedRecording,
    plan: DiarizePlan,
    task: Task,
  ): Promise<Diarization> {
    const { core, network, scorer, manifest } = this;
    const tools = { core, network, scorer, manifest };
    const clock = new StageClock();
    const found = await this.withFrontEnd(
      source,
      async (stream, frontEnd) => {
        await feed(stream, [frontEnd], task.part(0, READING_OF_DIARIZATION), clock);
        frontEnd.finish();
        return diarize(tools, frontEnd, plan, task.part(READING_OF_DIARIZATION, 1), clock);
      },
      diarizingFrontEnd(this.manifest.frontEnd),
    );
    return { ...found, timing: addTimings(clock.timing, { ...NO_TIME, decodeMs: preparedMs }) };
  }

  private analyze({ source, maxFrames, numPeaks }: AnalyzeCall, task: Task): Promise<Analysis> {
    return this.withFrontEnd(source, async (stream, frontEnd) => {
      const picture = new Picture(this.core, this.manifest.frontEnd, stream, maxFrames, numPeaks);
      try {
        await feed(stream, [frontEnd, picture], task);
        frontEnd.finish();
        return {
          quality: frontEnd.quality(this.manifest.qualityLimits),
          speech: frontEnd.intervals(),
          logMelBins: this.manifest.frontEnd.fbank.numMelBins,
          ...picture.finish(),
        };
      } finally {
        picture.dispose();
      }
    });
  }

  private async withFrontEnd<T>(
    source: AudioSource,
    use: (stream: PcmStream, frontEnd: FrontEnd) => Promise<T>,
    options: FrontEndOptions = this.manifest.frontEnd,
  ): Promise<T> {
    try {
      const stream = await openStream(source, this.core, this.platform);
      try {
        const frontEnd = new FrontEnd(this.core, options, stream.sampleRateHz);
        try {
          return await use(stream, frontEnd);
        } finally {
          frontEnd.dispose();
        }
      } finally {
        await stream.close();
      }
    } catch (error) {
      throw source.kind === 'path' && isAboutRecording(error) ? namedError(source.path, error) : error;
    }
  }

  /** The first run is slow, and a model that does not fit should fail while it loads. */
  private async warmUp(): Promise<void> {
    const { frontEnd } = this.manifest;
    new FrontEnd(this.core, frontEnd, frontEnd.sampleRateHz).dispose();
    const numFrames = 50;
    await this.network.embed({ values: new Float32Array(numFrames * featureBins(frontEnd)), numFrames });
  }
}

/** Which of several files is it? */
function namedError(path: string, error: VoiceprintError): VoiceprintError {
  if (error.message.startsWith(path)) return error;
  return new VoiceprintError(error.code, `${path}: ${error.message}`, { cause: error });
}

async function feed(
  stream: PcmStream,
  consumers: readonly { push(samples: Float32Array): void }[],
  task: Task,
  clock = new StageClock(),
): Promise<void> {
  let numSamples = 0;
  for await (const samples of stream.chunks()) {
    clock.book('decodeMs');
    for (const consumer of consumers) consumer.push(samples);
    clock.book('frontEndMs');
    numSamples += samples.length;
    await task.step(stream.numSamples === null ? 0 : numSamples / stream.numSamples);
    clock.skip();
  }
  clock.book('decodeMs');
}

async function readOwn(url: string, platform: EnginePlatform, options: ReadOptions): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await platform.readAsset(url, options);
  if (bytes === null) {
    throw new VoiceprintError(
      'network',
      `${url} is missing: serve the package's dist/ folder and name it by assetBase.`,
    );
  }
  return bytes;
}
