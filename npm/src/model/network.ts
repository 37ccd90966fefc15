/** The network: ONNX Runtime, vendored or the caller's, one session. Only this file knows the runtime. */
import type { Segment } from '../core/front-end.js';
import { VoiceprintError } from '../error.js';
import type { OnnxRuntime } from '../types.js';
import type { Manifest } from './manifest.js';

/** The part of onnxruntime-web's interface that is used here. */
export interface Runtime {
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => Tensor;
}

interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(inputs: Record<string, Tensor>): Promise<Record<string, Tensor | undefined>>;
  release(): Promise<void>;
}

interface Tensor {
  readonly data: Float32Array;
  dispose(): void;
}

/** The package's own runtime, which is set up here. */
interface OwnRuntime extends Runtime {
  readonly env: {
    logLevel: string;
    readonly wasm: {
      numThreads: number;
      proxy: boolean;
      wasmPaths: { readonly mjs: string; readonly wasm: string };
      wasmBinary: Uint8Array;
    };
  };
}

/** URLs of its files. */
export interface RuntimeFiles {
  readonly module: string;
  readonly glue: string;
  readonly wasm: string;
}

/**
 * Exported networks have their batch normalisation folded already, and no rewriting by the runtime makes them faster; but it takes two thirds of a
 * session's start, which is the longest part of loading.
 */
const SESSION_OPTIONS = { graphOptimizationLevel: 'disabled' };

export class Network {
  private constructor(
    private readonly runtime: Runtime,
    private readonly session: Session,
    private readonly manifest: Manifest,
  ) {}

  /** Throws `unsupported_environment` if the runtime does not start, `model_corrupt` if it cannot read the model. */
  static async create(runtime: Runtime, onnx: Uint8Array, manifest: Manifest): Promise<Network> {
    const session = await createSession(runtime, onnx);
    const { input, output } = manifest.tensors;
    if (!session.inputNames.includes(input) || !session.outputNames.includes(output)) {
      await session.release();
      throw new VoiceprintError(
        'model_corrupt',
        `The ONNX file has no input "${input}" or no output "${output}", which its manifest names.`,
      );
    }
    return new Network(runtime, session, manifest);
  }

  /** The unit-length embedding of one segment. Throws `model_corrupt` if the network cannot take it or gives something else. */
  async embed({ values, numFrames }: Segment): Promise<Float32Array> {
    const { input, output, embeddingDim } = this.manifest.tensors;
    const fbank = new this.runtime.Tensor('float32', values, [1, numFrames, values.length / numFrames]);
    const { [output]: embedding } = await this.session.run({ [input]: fbank }).catch((error: unknown) => {
      throw runtimeError('The network could not be run', error);
    });
    if (embedding?.data.length !== embeddingDim) {
      throw new VoiceprintError(
        'model_corrupt',
        `The network gave ${embedding?.data.length} values instead of ${embeddingDim}.`,
      );
    }
    const vector = new Float32Array(embedding.data);
    embedding.dispose();
    return vector;
  }

  dispose(): Promise<void> {
    return this.session.release();
  }
}

/** Imports the package's own runtime. Its settings hold for the realm's lifetime and must be made before the first session. */
export async function startRuntime(
  files: RuntimeFiles,
  wasmBinary: Promise<Uint8Array>,
  threads: number,
): Promise<Runtime> {
  const importing = importRuntime(files.module);
  importing.catch(() => {}); // a file that was not served is told first
  const bytes = await wasmBinary;
  const runtime = await importing;
  runtime.env.logLevel = 'error';
  // Explicit paths: otherwise threads are started from the application's own script and never answer.
  Object.assign(runtime.env.wasm, {
    numThreads: threads,
    proxy: false,
    wasmPaths: { mjs: files.glue, wasm: files.wasm },
    wasmBinary: bytes,
  });
  return runtime;
}

async function importRuntime(module: string): Promise<OwnRuntime> {
  try {
    return await import(/* @vite-ignore */ /* webpackIgnore: true */ module);
  } catch (error) {
    throw new VoiceprintError(
      'unsupported_environment',
      `ONNX Runtime could not be imported from ${module}: ${error}`,
      { cause: error },
    );
  }
}

/** The caller's runtime. Throws `invalid_argument` for what is none. */
export function checkRuntime(ort: OnnxRuntime): Runtime {
  const { InferenceSession, Tensor } = ort as Partial<Runtime>;
  if (typeof InferenceSession?.create === 'function' && typeof Tensor === 'function') return ort as Runtime;
  throw new VoiceprintError(
    'invalid_argument',
    'ort must be the module of ONNX Runtime, with InferenceSession and Tensor.',
  );
}

async function createSession(runtime: Runtime, onnx: Uint8Array): Promise<Session> {
  try {
    return await runtime.InferenceSession.create(onnx, SESSION_OPTIONS);
  } catch (error) {
    if (/no available backend/i.test(String(error))) {
      const cure = "Allow 'wasm-unsafe-eval' in the page's Content-Security-Policy and serve the ort/ files unchanged.";
      throw new VoiceprintError('unsupported_environment', `ONNX Runtime could not start: ${error}. ${cure}`, {
        cause: error,
      });
    }
    throw runtimeError('ONNX Runtime cannot read the model', error);
  }
}

function runtimeError(what: string, error: unknown): VoiceprintError {
  const code = /alloc|out of memory/i.test(String(error)) ? 'out_of_memory' : 'model_corrupt';
  return new VoiceprintError(code, `${what}: ${String(error).replace(/\.?$/, '.')}`, { cause: error });
}
