// Runs in Node and in the page, so that both are timed alike. Imports nothing.

/** Median seconds of embed and compare over `numCalls` calls each, after one that warms up. */
export async function timeCalls(voiceprint, a, b, numCalls) {
  const medianOf = async (call) => {
    await call();
    const times = [];
    for (let i = 0; i < numCalls; i++) {
      const begin = performance.now();
      await call();
      times.push((performance.now() - begin) / 1000);
    }
    return times.sort((x, y) => x - y)[numCalls >> 1];
  };
  return { embed: await medianOf(() => voiceprint.embed(a)), compare: await medianOf(() => voiceprint.compare(a, b)) };
}
