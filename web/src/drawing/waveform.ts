import type { Surface } from './surface';

/** Draws the [minimum, maximum] pairs of `peaks` around the middle line, scaled so that the loudest fills the height. */
export function drawWaveform({ context, width, height, scale, ink }: Surface, peaks: Float32Array): void {
  const columns = peaks.length / 2;
  let loudest = 0.02; // silence stays a line
  for (const peak of peaks) loudest = Math.max(loudest, Math.abs(peak));
  const middle = height / 2;
  const gain = (middle - scale) / loudest;
  context.fillStyle = ink;
  for (let x = 0; x < width; x++) {
    const first = Math.floor((x * columns) / width);
    const last = Math.max(first + 1, Math.floor(((x + 1) * columns) / width));
    let low = 0;
    let high = 0;
    for (let i = first; i < last; i++) {
      low = Math.min(low, peaks[2 * i] ?? 0);
      high = Math.max(high, peaks[2 * i + 1] ?? 0);
    }
    const top = middle - high * gain;
    context.fillRect(x, top, 1, Math.max(scale, (high - low) * gain));
  }
}
