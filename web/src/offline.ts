/** Keeps the page for use without a connection, through `service-worker/service-worker.ts`. */
import { signal } from '@preact/signals';

export type OfflineState = 'unavailable' | 'pending' | 'ready' | 'failed';

export const offlineState = signal<OfflineState>('unavailable');

/** True when another version of the page is stored and waits for the user's consent to take over. */
export const updateReady = signal(false);

let waiting: ServiceWorker | null = null;

/**
 * Registers the service worker. Call it once the page is loaded, because storing the page must not compete with that. Does nothing where
 * there are no service workers (private windows of some browsers, plain http) and in development.
 */
export async function keepForOffline(): Promise<void> {
  const { serviceWorker } = navigator;
  if (!serviceWorker || import.meta.env.DEV) return;
  offlineState.value = 'pending';
  // Another version took over, here or in another tab: this page belongs to the version before.
  if (serviceWorker.controller) serviceWorker.addEventListener('controllerchange', () => location.reload());
  try {
    const registration = await serviceWorker.register('./service-worker.js');
    if (registration.active) offlineState.value = 'ready';
    offer(registration.waiting);
    follow(registration.installing);
    registration.addEventListener('updatefound', () => follow(registration.installing));
  } catch {
    offlineState.value = 'failed';
  }
}

/** The stored version takes over in every tab of the page, so that no two versions run beside each other. */
export function takeUpdate(): void {
  waiting?.postMessage('take-over');
}

export function dismissUpdate(): void {
  updateReady.value = false;
}

function follow(worker: ServiceWorker | null): void {
  worker?.addEventListener('statechange', () => {
    if (worker.state === 'installed') offer(worker);
    if (worker.state === 'activated') offlineState.value = 'ready';
    if (worker.state === 'redundant' && offlineState.value === 'pending') offlineState.value = 'failed';
  });
}

/** The first version of all takes over by itself; only a later one has to ask. */
function offer(worker: ServiceWorker | null): void {
  if (!worker || !navigator.serviceWorker.controller) return;
  waiting = worker;
  updateReady.value = true;
}
