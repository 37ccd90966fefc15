/** The recording as it grows, drawn with the frames of the screen, or twice a second for those who ask for less motion. */
import { useEffect, useRef } from 'preact/hooks';
import { LivePainter } from '../drawing/live-canvas';
import { openSurface } from '../drawing/surface';
import { say } from '../language';
import type { LivePicture } from '../takes/live-picture';
import { paintCount } from '../theme';

/** Part of what is new that one frame adds: the columns come in bursts and are shown as a steady flow. */
const FLOW = 0.2;
const CALM_INTERVAL_MS = 500;

export function LiveCanvas({ picture }: { picture: LivePicture }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const count = paintCount.value;
  useEffect(() => {
    const painter = new LivePainter();
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    let shown = 0;
    let lastAt = 0;
    let frame = requestAnimationFrame(function follow(at) {
      frame = requestAnimationFrame(follow);
      const backlog = picture.columns.length - shown;
      const surface = canvas.current && (backlog > 0 || shown === 0) && openSurface(canvas.current);
      if (!surface || (calm && at - lastAt < CALM_INTERVAL_MS)) return;
      lastAt = at;
      shown += calm ? backlog : Math.ceil(backlog * FLOW);
      if (surface.resized) painter.reset();
      painter.draw(surface, picture.columns.slice(0, shown));
    });
    return () => cancelAnimationFrame(frame);
  }, [picture, count]);
  return <canvas ref={canvas} class="live-canvas" role="img" aria-label={say().takes.livePicture} />;
}
