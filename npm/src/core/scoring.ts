/** Means of embeddings, and what an LLR means. */
import type { Core } from './module.js';

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

/** P(same speaker) at the prior `pTarget`. */
export function posterior(core: Core, llr: number, pTarget: number): number {
  return core.scratch(8, (at) => {
    core.check(core.c.vp_posterior(llr, pTarget, at));
    return core.doubles(at, 1)[0] ?? Number.NaN;
  });
}
