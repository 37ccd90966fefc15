// How long things take, robustly: on a busy machine the best of several rounds tells about the code, the mean about the neighbours.

/** CPU seconds of the fastest of `rounds` calls, after one that warms up; as Google Benchmark counts. */
export function bestCpuTime(rounds, call) {
  call();
  let best = Infinity;
  for (let i = 0; i < rounds; i++) {
    const before = process.cpuUsage();
    call();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, user + system);
  }
  return best / 1e6;
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
