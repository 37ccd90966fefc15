/**
 * Draws a growing recording as a finished one is drawn: waveform above, log-mel picture below, time to the right. Only new columns are
 * painted, unless the scale changed: when the width is used up, or when something louder than before was heard.
 */
import type { Column } from '../takes/live-picture';
import { COLUMNS_PER_S } from '../takes/live-picture';
import { inkLevel, LEAST_TOP } from './log-mel';
import { channels, type Surface } from './surface';

/** The width stands for this long, then for twice as long, and so on. */
const FIRST_SPAN_S = 8;
/** Part of the height that the waveform takes. */
const WAVE_SHARE = 0.36;
/** Quieter recordings are drawn as if this were the loudest. */
const LEAST_LOUDEST = 0.05;

const LOWEST = -20;
const STEP = 0.5;

interface Scale {
  readonly span: number;
  readonly loudest: number;
  readonly top: number;
}

export class LivePainter {
  private numDrawn = 0;
  private scale: Scale = { span: FIRST_SPAN_S * COLUMNS_PER_S, loudest: LEAST_LOUDEST, top: LEAST_TOP };
  private numSeen = 0;
  private readonly counts = new LevelCounts();
  private readonly mel = new MelPicture();

  /** Forgets what is on the canvas: it was cleared, resized or takes other colours. */
  reset(): void {
    this.numDrawn = 0;
  }

  draw(surface: Surface, columns: readonly Column[]): void {
    this.see(columns);
    if (this.numDrawn === 0) this.clear(surface);
    const { width, height } = surface;
    const waveHeight = Math.round(height * WAVE_SHARE);
    const ink = channels(surface.ink);
    const from = this.numDrawn;
    const x = (column: number) => Math.round((column * width) / this.scale.span);
    for (let at = from; at < columns.length; at++) {
      const column = columns[at];
      if (column) drawWave(surface, column, x(at), Math.max(1, x(at + 1) - x(at)), waveHeight, this.scale.loudest);
    }
    if (columns.length > from) {
      const picture = this.mel.paint(columns.slice(from), this.scale.top, ink);
      const left = x(from);
      surface.context.imageSmoothingQuality = 'high';
      surface.context.drawImage(picture, left, waveHeight, Math.max(1, x(columns.length) - left), height - waveHeight);
    }
    this.numDrawn = columns.length;
  }

  /** Widens the scale to the new columns; a wider scale needs everything painted again. */
  private see(columns: readonly Column[]): void {
    let { span, loudest, top } = this.scale;
    while (columns.length > span) span *= 2;
    for (const { low, high, logMel } of columns.slice(this.numSeen)) {
      const peak = Math.max(-low, high);
      if (peak > loudest) loudest = Math.min(1, peak * 1.2);
      for (const value of logMel) this.counts.add(value);
    }
    top = Math.max(LEAST_TOP, this.counts.loud());
    this.numSeen = columns.length;
    if (span !== this.scale.span || loudest !== this.scale.loudest || top !== this.scale.top) this.numDrawn = 0;
    this.scale = { span, loudest, top };
  }

  private clear({ context, width, height, scale, accent }: Surface): void {
    context.clearRect(0, 0, width, height);
    context.fillStyle = accent;
    context.globalAlpha = 0.35;
    context.fillRect(0, Math.round((height * WAVE_SHARE) / 2), width, scale);
    context.globalAlpha = 1;
  }
}

/** Counts log-mel values in steps, to know the one that hardly any exceeds: a single click does not turn the rest pale. */
class LevelCounts {
  private readonly counts = new Uint32Array(80);
  private total = 0;

  add(value: number): void {
    const step = Math.floor((value - LOWEST) / STEP);
    const at = Math.max(0, Math.min(this.counts.length - 1, step));
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.total++;
  }

  /** The value that one in five hundred exceeds, to a step. */
  loud(): number {
    let above = 0;
    for (let at = this.counts.length - 1; at > 0; at--) {
      above += this.counts[at] ?? 0;
      if (above > this.total / 500) return LOWEST + (at + 1) * STEP;
    }
    return LOWEST;
  }
}

function drawWave(surface: Surface, column: Column, x: number, width: number, height: number, loudest: number): void {
  const middle = height / 2;
  const gain = (middle - surface.scale) / loudest;
  const top = middle - Math.min(loudest, column.high) * gain;
  const bottom = middle - Math.max(-loudest, column.low) * gain;
  surface.context.fillStyle = surface.accent;
  surface.context.fillRect(x, top, width, Math.max(surface.scale, bottom - top));
}

/** One pixel a column and a bin, kept from frame to frame: making a canvas costs more than filling it. */
class MelPicture {
  private readonly canvas = new OffscreenCanvas(1, 1);
  private readonly context = this.canvas.getContext('2d');

  paint(
    columns: readonly Column[],
    top: number,
    [red, green, blue]: readonly [number, number, number],
  ): OffscreenCanvas {
    const bins = columns[0]?.logMel.length ?? 1;
    const width = columns.length;
    this.canvas.width = width;
    this.canvas.height = bins;
    const picture = new ImageData(width, bins);
    const { data } = picture;
    for (const [x, { logMel }] of columns.entries()) {
      for (let bin = 0; bin < bins; bin++) {
        const at = 4 * ((bins - 1 - bin) * width + x);
        data[at] = red;
        data[at + 1] = green;
        data[at + 2] = blue;
        data[at + 3] = inkLevel(logMel[bin] ?? top, top);
      }
    }
    this.context?.putImageData(picture, 0, 0);
    return this.canvas;
  }
}
