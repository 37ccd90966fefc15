import type { Surface } from './surface';

const FLOOR_DBFS = -60;
const BAR_PX = 3;
const GAP_PX = 2;

/** How many bars fit on a canvas of this CSS width. */
export function barsOf(cssWidth: number): number {
  return Math.max(1, Math.floor(cssWidth / (BAR_PX + GAP_PX)));
}

/** Draws the last levels (dBFS, newest last) as bars that move to the left. */
export function drawLevelHistory({ context, width, height, scale, ink }: Surface, levels: readonly number[]): void {
  context.fillStyle = ink;
  const step = (BAR_PX + GAP_PX) * scale;
  const newestX = width - step;
  for (const [i, dbfs] of levels.entries()) {
    const level = Math.max(0, Math.min(1, 1 - dbfs / FLOOR_DBFS));
    const bar = Math.max(2 * scale, level * height);
    const x = newestX - (levels.length - 1 - i) * step;
    context.beginPath();
    context.roundRect(x, (height - bar) / 2, BAR_PX * scale, bar, 1.5 * scale);
    context.fill();
  }
}
