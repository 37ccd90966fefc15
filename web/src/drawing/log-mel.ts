import { channels, type Surface } from './surface';

export interface LogMel {
  /** Natural logarithms, row-major [frames][bins]. */
  readonly values: Float32Array;
  readonly bins: number;
}

/** Nepers of power between the loudest and the faintest ink: 9 are about 39 dB. */
const RANGE = 9;
/** The loudest ink stands for at least this, so that silence (about -16) stays paper. */
export const LEAST_TOP = -5;

/** Opacity from 0 to 255 of a value where `top` is the loudest. */
export function inkLevel(value: number, top: number): number {
  return Math.round(255 * Math.max(0, Math.min(1, 1 + (value - top) / RANGE)) ** 1.4);
}

/** Draws time to the right and frequency upwards, faint paper to full ink, as a sonagraph did. */
export function drawLogMel(surface: Surface, { values, bins }: LogMel): void {
  const frames = values.length / bins;
  if (frames < 1) return;
  const { context, width, height } = surface;
  const ink = channels(surface.ink);
  const top = Math.max(LEAST_TOP, loudValue(values));
  const picture = new ImageData(frames, bins);
  for (let frame = 0; frame < frames; frame++) {
    for (let bin = 0; bin < bins; bin++) {
      const at = 4 * ((bins - 1 - bin) * frames + frame);
      picture.data[at] = ink[0];
      picture.data[at + 1] = ink[1];
      picture.data[at + 2] = ink[2];
      picture.data[at + 3] = inkLevel(values[frame * bins + bin] ?? top, top);
    }
  }
  const small = new OffscreenCanvas(frames, bins);
  small.getContext('2d')?.putImageData(picture, 0, 0);
  context.imageSmoothingQuality = 'high';
  context.drawImage(small, 0, 0, width, height);
}

/** The value that one in five hundred exceeds: a single click does not turn the rest pale. */
function loudValue(values: Float32Array): number {
  const sorted = Float32Array.from(values).sort();
  return sorted[Math.floor((sorted.length - 1) * 0.998)] ?? 0;
}
