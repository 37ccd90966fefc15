/** Every utterance against every other, a cell a pair: inked where the LLR speaks for one person, in the accent where it speaks for two. */
import type { Similarity } from 'voiceprint-wasm';
import { channels, type Surface } from './surface';

/** LLRs so far from the threshold get the full colour. */
const FULL = 8;
/** CSS pixels of a cell that has room for the mark of an accepted pair. */
const LEAST_MARKED = 9;

export interface Matrix {
  readonly similarity: Similarity;
  /** LLRs from here on are accepted; at it the paper shows. */
  readonly threshold: number;
  /** Where another person begins. */
  readonly borders: readonly number[];
}

export function drawSimilarityMatrix(surface: Surface, { similarity, threshold, borders }: Matrix): void {
  const { llrs, size } = similarity;
  const { context, width, scale } = surface;
  const [ink, paper, accent] = [surface.ink, surface.paper, surface.accent].map(channels) as [Rgb, Rgb, Rgb];
  const picture = new ImageData(size, size);
  for (let i = 0; i < size * size; i++) {
    const llr = (llrs[i] ?? 0) - threshold;
    // A recording is not compared with itself.
    const depth = i % (size + 1) === 0 ? 0 : Math.min(1, 0.08 + Math.abs(llr) / FULL);
    const tone = llr >= 0 ? ink : accent;
    for (let k = 0; k < 3; k++) picture.data[4 * i + k] = (paper[k] ?? 0) + depth * ((tone[k] ?? 0) - (paper[k] ?? 0));
    picture.data[4 * i + 3] = 255;
  }
  const small = new OffscreenCanvas(size, size);
  small.getContext('2d')?.putImageData(picture, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, width, width);
  const cell = width / size;
  if (cell >= LEAST_MARKED * scale) markAccepted(surface, { similarity, threshold }, cell);
  context.fillStyle = surface.paper;
  for (const border of borders) {
    context.fillRect(border * cell - scale, 0, 2 * scale, width);
    context.fillRect(0, border * cell - scale, width, 2 * scale);
  }
}

type Rgb = ReturnType<typeof channels>;

/** A dot in the cell of every accepted pair, for those who do not tell the colours apart. */
function markAccepted({ context, paper }: Surface, { similarity, threshold }: Omit<Matrix, 'borders'>, cell: number) {
  const { llrs, size } = similarity;
  context.fillStyle = paper;
  for (let i = 0; i < size * size; i++) {
    if ((llrs[i] ?? 0) < threshold || i % (size + 1) === 0) continue;
    context.beginPath();
    context.arc(((i % size) + 0.5) * cell, (Math.floor(i / size) + 0.5) * cell, cell / 8, 0, 2 * Math.PI);
    context.fill();
  }
}
