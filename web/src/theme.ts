/** Light, dark or as the system has it; the choice is kept for the next visit. */
import { effect, signal } from '@preact/signals';

export type Theme = 'auto' | 'light' | 'dark';

const KEY = 'voiceprint-theme';

export const theme = signal<Theme>(storedTheme());

/** Counts every change of what is seen, so that the canvases repaint. */
export const paintCount = signal(0);

export function followTheme(): void {
  effect(() => {
    document.documentElement.setAttribute('data-theme', theme.value);
    try {
      localStorage.setItem(KEY, theme.value);
    } catch {
      // Storage may be forbidden; the choice then lasts for this visit.
    }
    paintCount.value = paintCount.peek() + 1;
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => paintCount.value++);
}

function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === 'light' || stored === 'dark' ? stored : 'auto';
  } catch {
    return 'auto';
  }
}
