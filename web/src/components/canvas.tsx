import { useEffect, useRef } from 'preact/hooks';
import { openSurface, type Surface } from '../drawing/surface';
import { paintCount } from '../theme';

/** A canvas that repaints when `paint` changes identity, when its box is resized and when the colours change. */
export function Canvas({ class: name, paint }: { class: string; paint: (surface: Surface) => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const count = paintCount.value;
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const repaint = () => {
      const surface = openSurface(element);
      if (!surface) return;
      surface.context.clearRect(0, 0, surface.width, surface.height);
      paint(surface);
    };
    const observer = new ResizeObserver(repaint); // also reports the first layout
    observer.observe(element);
    return () => observer.disconnect();
  }, [paint, count]);
  return <canvas ref={canvas} class={name} />;
}
