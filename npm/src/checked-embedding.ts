/** Embeddings from outside, by way of JSON perhaps: the core reads as many values as the model has, so nothing else may reach it. */
import { VoiceprintError, type VoiceprintErrorCode } from './error.js';
import type { Embedding, ModelInfo, ScorableEmbedding } from './types.js';

const MEASURES = ['netSpeechS', 'snrDb', 'bandwidthHz'] as const;

/** What is expected of an embedding, and how it is called where it is none. */
export interface ExpectedEmbedding {
  readonly model: Pick<ModelInfo, 'sha256' | 'embeddingDim'>;
  readonly what: string;
  /** The error of an embedding of another model. */
  readonly foreign: VoiceprintErrorCode;
}

/** For whatever decides. Throws `invalid_argument`, or `foreign`. */
export function checkedEmbedding(embedding: Embedding, expected: ExpectedEmbedding): Embedding {
  const { vector } = checkedScorable(embedding, expected);
  const { ok, reasons } = embedding.quality;
  if (typeof ok !== 'boolean' || !Array.isArray(reasons))
    throw invalid(`${expected.what} has no quality.ok and quality.reasons: pass on the whole of what embed() gave.`);
  return { ...embedding, vector };
}

/** For whatever only scores. Throws `invalid_argument`, or `foreign`. */
export function checkedScorable(embedding: ScorableEmbedding, expected: ExpectedEmbedding): ScorableEmbedding {
  const { model, what, foreign } = expected;
  if (typeof embedding !== 'object' || embedding === null || !('modelSha256' in embedding))
    throw invalid(`${what} is none: pass what embed() gave.`);
  const { modelSha256, quality } = embedding;
  if (modelSha256 !== model.sha256) {
    throw new VoiceprintError(
      foreign,
      `${what} is of another model, and embeddings of different models are never compared: embed the recording again.`,
    );
  }
  const measure = MEASURES.find((name) => !Number.isFinite(quality?.[name]));
  if (measure !== undefined)
    throw invalid(`${what} has no finite quality.${measure}: pass on the quality that embed() gave.`);
  return { vector: checkedVector(embedding.vector, expected), quality, modelSha256 };
}

/** An array, as JSON gives it, becomes a Float32Array. */
function checkedVector(vector: unknown, { model, what }: ExpectedEmbedding): Float32Array | null {
  if (vector === null) return null;
  if (!(vector instanceof Float32Array) && !Array.isArray(vector))
    throw invalid(`${what} has a vector that is neither a Float32Array, nor an array of numbers, nor null.`);
  if (vector.length !== model.embeddingDim) {
    throw invalid(
      `${what} has a vector of ${vector.length} values, those of this model have ${model.embeddingDim}: pass on the whole of what embed() gave.`,
    );
  }
  if (!vector.every(Number.isFinite)) throw invalid(`${what} has a vector with a value that is no finite number.`);
  return vector instanceof Float32Array ? vector : Float32Array.from(vector);
}

function invalid(message: string): VoiceprintError {
  return new VoiceprintError('invalid_argument', message);
}
