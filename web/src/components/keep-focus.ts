import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

/**
 * When the focused control inside `box` disappears because `content` changed, the box itself takes the focus, so that the next Tab goes on
 * from there and not from the top of the page. The box needs tabIndex -1.
 */
export function useKeepFocus(box: RefObject<HTMLElement | null>, content: unknown): void {
  const inside = useRef(false);
  useEffect(() => {
    const onFocusIn = ({ target }: FocusEvent) => {
      inside.current = target instanceof Node && !!box.current?.contains(target);
    };
    document.addEventListener('focusin', onFocusIn);
    return () => document.removeEventListener('focusin', onFocusIn);
  }, [box]);
  useLayoutEffect(() => {
    if (inside.current && document.activeElement === document.body) box.current?.focus({ preventScroll: true });
  }, [box, content]);
}
