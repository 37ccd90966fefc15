/** Which view is shown: the part of the address after `#`, so that links, reloading and the back button work on any static host. */
import { effect, signal } from '@preact/signals';
import { say } from './language';

export const VIEWS = ['compare', 'about'] as const;
export type View = (typeof VIEWS)[number];

export const view = signal<View>('compare');

/** The address of a view, for links. */
export const addressOf = (to: View): string => `#/${to === 'compare' ? '' : to}`;

/** Follows the address from now on; an unknown one shows the first view. */
export function followAddress(): void {
  const read = () => {
    const [, name = ''] = location.hash.split('/');
    view.value = VIEWS.find((known) => known === name) ?? 'compare';
  };
  read();
  addEventListener('hashchange', () => {
    read();
    scrollTo(0, 0);
    // Screen readers and the next Tab start at the new view.
    requestAnimationFrame(() => document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true }));
  });
  effect(() => {
    document.title = say().shell.title(view.value === 'compare' ? say().verdict.heading : say().shell[view.value]);
  });
}
