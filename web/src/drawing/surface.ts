/** A canvas sized to its box in device pixels, and the colours that the style sheet gives it. */
export interface Surface {
  readonly context: CanvasRenderingContext2D;
  /** Device pixels. */
  readonly width: number;
  readonly height: number;
  /** Device pixels per CSS pixel. */
  readonly scale: number;
  /** True when the canvas was fitted to another size just now. */
  readonly resized: boolean;
  /** The canvas's CSS `color` and `background-color`. */
  readonly ink: string;
  readonly paper: string;
  /** Its CSS `accent-color`. */
  readonly accent: string;
}

/** Fits the canvas to its box, which clears it when the size changed. Null while it is not laid out. */
export function openSurface(canvas: HTMLCanvasElement): Surface | null {
  const scale = Math.min(window.devicePixelRatio || 1, 2);
  const width = Math.round(canvas.clientWidth * scale);
  const height = Math.round(canvas.clientHeight * scale);
  const context = canvas.getContext('2d');
  if (!context || width === 0 || height === 0) return null;
  const resized = canvas.width !== width || canvas.height !== height;
  if (resized) Object.assign(canvas, { width, height });
  const style = getComputedStyle(canvas);
  return {
    context,
    width,
    height,
    scale,
    resized,
    ink: style.color,
    paper: style.backgroundColor,
    accent: style.accentColor,
  };
}

/** Of a computed colour, which is always written as rgb() or rgba(). */
export function channels(colour: string): readonly [number, number, number] {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return [red, green, blue];
}
