/** Scores between embeddings and what they mean. */
import type { Core } from './module.js';

/** Cosine in [-1, 1]. Both have the length of `a`. Throws `undefined_value` for a zero or non-finite vector. */
export function cosineScore(core: Core, a: Float32Array, b: Float32Array): number {
  return core.scratch(a.byteLength + b.byteLength + 4, (at) => {
    const bAt = at + a.byteLength;
    const scoreAt = bAt + b.byteLength;
    core.floats(at, a.length).set(a);
    core.floats(bAt, b.length).set(b);
    core.check(core.c.vp_cosine_score(at, bAt, a.length, scoreAt));
    return core.floats(scoreAt, 1)[0] ?? Number.NaN;
  });
}

/** Unit-length mean of unit-length rows. */
export function meanEmbedding(core: Core, rows: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const dimension = rows[0]?.length ?? 0;
  return core.scratch((rows.length + 1) * dimension * 4, (at) => {
    rows.forEach((row, i) => {
      core.floats(at + i * dimension * 4, dimension).set(row);
    });
    const meanAt = at + rows.length * dimension * 4;
    core.check(core.c.vp_mean_embedding(at, rows.length, dimension, meanAt));
    return new Float32Array(core.floats(meanAt, dimension));
  });
}

/** Natural-log likelihood ratio of a score. */
export function toLlr(
  core: Core,
  calibration: { readonly scale: number; readonly offset: number },
  score: number,
): number {
  return core.scratch(8, (at) => {
    core.check(core.c.vp_to_llr(calibration.scale, calibration.offset, score, at));
    return core.doubles(at, 1)[0] ?? Number.NaN;
  });
}

/** P(same speaker) at the prior `pTarget`. */
export function posterior(core: Core, llr: number, pTarget: number): number {
  return core.scratch(8, (at) => {
    core.check(core.c.vp_posterior(llr, pTarget, at));
    return core.doubles(at, 1)[0] ?? Number.NaN;
  });
}
