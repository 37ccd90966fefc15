/**
 * Stores one version of the page, whole, and serves that version only.
 *
 * The build writes the list of files with their hashes into this script. Installing fetches them all and checks each against its hash, so
 * that a deployment in the middle of it fails instead of mixing two versions. A later version waits until the user asks for it.
 */
const worker = self as unknown as ServiceWorkerGlobalScope;

/** Path -> integrity (`sha256-…`), replaced by the build; '' is the page itself. */
declare const PAGE_FILES: Readonly<Record<string, string>>;
/** Alike: what is stored when it is first asked for. All of it lies under assets/. */
declare const OPTIONAL_FILES: Readonly<Record<string, string>>;
declare const PAGE_VERSION: string;

const scope = new URL(worker.registration.scope);
/** Several pages may share an origin, so the caches of this one carry its path. */
const prefix = `voiceprint ${scope.pathname} `;
const cacheName = prefix + PAGE_VERSION;

worker.addEventListener('install', (event) => event.waitUntil(store()));
worker.addEventListener('activate', (event) => event.waitUntil(takeOver()));
worker.addEventListener('message', ({ data }) => {
  if (data === 'take-over') void worker.skipWaiting();
});
worker.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== scope.origin) return;
  event.respondWith(answer(event.request, url));
});

async function store(): Promise<void> {
  const cache = await caches.open(cacheName);
  try {
    await Promise.all(
      Object.entries(PAGE_FILES).map(async ([path, integrity]) => {
        const url = new URL(path, scope).href;
        // Names under assets/ change with their content: what an earlier version stored, or the browser just loaded, is the same file.
        const isHashed = path.startsWith('assets/');
        const known = isHashed ? await caches.match(url) : undefined;
        await cache.put(url, known ?? (await fetchChecked(url, integrity, isHashed ? 'default' : 'no-cache')));
      }),
    );
    for (const path of Object.keys(OPTIONAL_FILES)) {
      const url = new URL(path, scope).href;
      const known = await caches.match(url);
      if (known) await cache.put(url, known);
    }
  } catch (error) {
    await caches.delete(cacheName);
    throw error;
  }
}

async function fetchChecked(url: string, integrity: string, cache: RequestCache): Promise<Response> {
  const response = await fetch(url, { integrity, cache });
  if (!response.ok) throw new Error(`${url}: the server answered ${response.status}`);
  return response;
}

async function takeOver(): Promise<void> {
  const outdated = (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== cacheName);
  await Promise.all(outdated.map((name) => caches.delete(name)));
  await worker.clients.claim();
}

async function answer(request: Request, url: URL): Promise<Response> {
  const isPage = request.mode === 'navigate' && /^(index\.html)?$/.test(url.pathname.slice(scope.pathname.length));
  const cache = await caches.open(cacheName);
  const stored = await cache.match(isPage ? scope.href : request, { ignoreSearch: true });
  if (stored) return stored;
  const integrity = OPTIONAL_FILES[url.pathname.slice(scope.pathname.length)];
  if (integrity === undefined) return fetch(request);
  const response = await fetchChecked(url.href, integrity, 'default');
  // Storage may be full: then it is fetched again another time.
  await cache.put(url.href, response.clone()).catch(() => undefined);
  return response;
}
