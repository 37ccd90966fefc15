// Starts the built page and a real Chromium for a test.
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { serve } from '../../web/serve.mjs';

export const repository = fileURLToPath(new URL('../..', import.meta.url));
export const dist = fileURLToPath(new URL('../../web/dist', import.meta.url));
export const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** How long anything may take to be seen: much, for machines that do other things beside. */
const PATIENCE_MS = 90_000;

const exists = (path) =>
  access(path).then(
    () => true,
    () => false,
  );

/** Why the browser tests cannot run here, or false. */
export const skip = !(await exists(executablePath))
  ? `no Chromium at ${executablePath}; set CHROMIUM to its path`
  : !(await exists(`${dist}/index.html`))
    ? 'the page is not built; run npm run build in web/'
    : false;

/** Chromium's switches: quiet; with a microphone that plays `microphoneWav` again and again, or else one that the user refuses. */
function switches(microphoneWav) {
  const quiet = [
    '--no-sandbox',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--use-fake-device-for-media-stream',
  ];
  if (!microphoneWav) return [...quiet, '--deny-permission-prompts'];
  return [...quiet, '--use-fake-ui-for-media-stream', `--use-file-for-fake-audio-capture=${microphoneWav}`];
}

export async function startBrowser({ microphoneWav } = {}) {
  return chromium.launch({ executablePath, args: switches(microphoneWav) });
}

/** Serves the page on a free port; `url` ends in a slash, `requests` grows by the path of every request that arrives. */
export async function startServer(folder = dist) {
  const server = await serve(folder, 0);
  const requests = [];
  server.on('request', ({ url }) => requests.push(url));
  return {
    url: `http://localhost:${server.address().port}/`,
    requests,
    stop: () =>
      new Promise((done) => {
        server.close(done);
        server.closeAllConnections();
      }),
  };
}

/** Without a service worker, as in private windows: what a test answers in the place of the server is not hidden by a stored copy. */
function withoutServiceWorker() {
  Object.defineProperty(Navigator.prototype, 'serviceWorker', { value: undefined });
}

/**
 * A fresh page whose misbehaviour is collected: `complaints` holds console errors and warnings, uncaught exceptions, and requests to
 * any origin but the server's. `initScript` runs in the page before its own scripts; `offline` lets the page store itself for use without
 * a connection; the other options are Playwright's.
 */
export async function openPage(browser, url, { initScript, offline = false, ...options } = {}) {
  const context = await browser.newContext(options);
  if (!offline) await context.addInitScript(withoutServiceWorker);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  if (initScript) await page.addInitScript(initScript);
  const complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  context.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (!['blob:', 'data:'].includes(protocol) && origin !== new URL(url).origin)
      complaints.push(`request to ${request.url()}`);
  });
  await page.goto(url);
  return { context, page, complaints, close: () => context.close() };
}
