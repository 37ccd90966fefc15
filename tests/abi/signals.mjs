// Synthetic recordings: the same samples in every run.

/** Uniform noise in [-0.5, 0.5), from a linear congruential generator (Numerical Recipes). */
export function makeNoise(numSamples, seed = 1) {
  let state = seed;
  return Float32Array.from({ length: numSamples }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
}

/** A voice-like signal: harmonics of a gliding pitch under two formants, in syllables with a pause each 1.5 s, over faint noise. */
export function makeVoice(rateHz, seconds, pitchHz = 120) {
  const numSamples = Math.round(rateHz * seconds);
  const samples = makeNoise(numSamples, pitchHz);
  const bump = (hz, centre, width) => Math.exp(-(((hz - centre) / width) ** 2));
  let phase = 0;
  for (let i = 0; i < numSamples; ++i) {
    const time = i / rateHz;
    const pitch = pitchHz * (1 + 0.1 * Math.sin(2 * Math.PI * 0.7 * time));
    phase += (2 * Math.PI * pitch) / rateHz;
    const talking = time % 1.5 < 1.1 ? Math.sin(2 * Math.PI * 2 * time) ** 2 : 0;
    let value = 0;
    for (let k = 1; k * pitch < Math.min(4000, rateHz / 2.2); ++k) {
      value += (bump(k * pitch, 500, 300) + 0.5 * bump(k * pitch, 1500, 500) + 0.05) * Math.sin(k * phase);
    }
    samples[i] = 0.002 * samples[i] + 0.15 * talking * value;
  }
  return samples;
}

/** Cuts a signal into pieces of uneven sizes. */
export function cut(samples, sizes = [1, 7, 160, 4096, 10007]) {
  const pieces = [];
  for (let at = 0, i = 0; at < samples.length; ++i) {
    const end = Math.min(samples.length, at + sizes[i % sizes.length]);
    pieces.push(samples.subarray(at, end));
    at = end;
  }
  return pieces;
}
