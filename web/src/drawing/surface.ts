/** A canvas sized to its box in device pixels, and the colours that the style sheet gives it. */
export interface Surface {
  readonly context: CanvasRenderingContext2D;
  /** Device pixels. */
  readonly width: number;
  readonly height: number;
  readonly scale: number;
  /** The canvas's CSS `color` and `background-color`. */
  readonly ink: string;
  readonly paper: string;
}

/** Null while the canvas is not laid out. */
export function prepareSurface(canvas: HTMLCanvasElement): Surface | null {
  const scale = Math.min(window.devicePixelRatio || 1, 2);
  const width = Math.round(canvas.clientWidth * scale);
  const height = Math.round(canvas.clientHeight * scale);
  const context = canvas.getContext('2d');
  if (!context || width === 0 || height === 0) return null;
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  context.clearRect(0, 0, width, height);
  const style = getComputedStyle(canvas);
  return { context, width, height, scale, ink: style.color, paper: style.backgroundColor };
}
