// How long things take, robustly: on a busy machine the best of several rounds tells about the code, the mean about the neighbours.

/** Seconds of the fastest of `rounds` calls, after one that warms up. */
export async function bestTime(rounds, call) {
  await call();
  let best = Infinity;
  for (let i = 0; i < rounds; i++) {
    const begin = performance.now();
    await call();
    best = Math.min(best, performance.now() - begin);
  }
  return best / 1000;
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
