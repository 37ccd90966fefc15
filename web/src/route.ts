/** Which view is shown: the part of the address after `#`, so that links, reloading and the back button work on any static host. */
import { effect, signal } from '@preact/signals';
import { say } from './language';

/** Those of the navigation, in its order. */
export const SECTIONS = ['compare', 'people', 'live', 'speakers', 'about'] as const;
export type Section = (typeof SECTIONS)[number];

export type Route =
  | { readonly view: Section | 'enroll' }
  | { readonly view: 'verify' /** '' while nobody is chosen. */; readonly name: string };

const PARENTS = { enroll: 'people', verify: 'people' } as const;

export const route = signal<Route>({ view: 'compare' });

export function sectionOf({ view }: Route): Section {
  return view === 'enroll' || view === 'verify' ? PARENTS[view] : view;
}

/** The address of a view, for links. */
export function addressOf(to: Route): string {
  if (to.view === 'verify') return `#/verify/${encodeURIComponent(to.name)}`;
  return `#/${to.view === 'compare' ? '' : to.view}`;
}

/** To another address of the view that is shown: focus and scrolling stay where they are, and the back button returns. */
export function goHere(to: Route): void {
  history.pushState(null, '', addressOf(to));
  route.value = to;
}

/** Follows the address from now on; an unknown one shows the first view. */
export function followAddress(): void {
  route.value = parse(location.hash);
  addEventListener('hashchange', () => {
    route.value = parse(location.hash);
    scrollTo(0, 0);
    // Screen readers and the next Tab start at the new view.
    requestAnimationFrame(() => document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true }));
  });
  effect(() => {
    document.title = say().shell.title(titleOf(route.value));
  });
}

function parse(hash: string): Route {
  const [, name = '', argument = ''] = hash.split('/');
  if (name === 'verify') return { view: 'verify', name: decode(argument) };
  if (name === 'enroll') return { view: 'enroll' };
  return { view: SECTIONS.find((known) => known === name) ?? 'compare' };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

function titleOf(shown: Route): string {
  switch (shown.view) {
    case 'compare':
      return say().verdict.heading;
    case 'enroll':
      return say().people.enroll.heading;
    case 'verify':
      return say().people.verify.heading;
    default:
      return say().shell[shown.view];
  }
}
