/** Two utterances of one person are never so alike: at this cosine they are one recording, perhaps in two formats. */
const SAME_COSINE = 0.999;

export function isSameRecording(cosine: number | null): boolean {
  return cosine !== null && cosine >= SAME_COSINE;
}

/** Of vectors of unit length, as embeddings are. */
export function cosineOf(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}
