// The page without a connection, and the step from one version to the next: always one version, whole.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { dist, openPage, skip, startBrowser, startServer } from './browser.mjs';
import { untilModelReady, verdict } from './slot.mjs';

const FIRST_LOAD_BYTES = 6e6;

describe('offline', { skip }, () => {
  let browser, folder, server, page, complaints, close;
  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'voiceprint-offline-'));
    await cp(dist, folder, { recursive: true });
    server = await startServer(folder);
    ({ page, complaints, close } = await openPage(browser, server.url, { offline: true }));
    await untilModelReady(page);
  });
  afterEach(async () => {
    await close();
    await server.stop();
    await rm(folder, { recursive: true });
  });

  const stored = async (at = page) => {
    await at.getByRole('link', { name: 'About' }).click();
    await at.locator('[data-offline=ready]').waitFor();
    await at.getByRole('link', { name: 'Compare' }).click();
  };
  const version = (at = page) => at.evaluate(() => document.querySelector('meta[name=version]')?.content ?? 'first');

  /** Puts another version in the place of the first: its page carries a mark. `honest` false: the worker's list does not fit the page. */
  async function deploy(name, { honest = true } = {}) {
    const before = await readFile(`${folder}/index.html`, 'utf8');
    const page = before.replace(/<meta name="version"[^>]*>|<title>/, (found) =>
      found === '<title>' ? `<meta name="version" content="${name}"><title>` : `<meta name="version" content="${name}">`,
    );
    const hash = (text) => `sha256-${createHash('sha256').update(text).digest('base64')}`;
    const worker = await readFile(`${folder}/service-worker.js`, 'utf8');
    const [, oldVersion] = worker.match(/"([0-9a-f]{12})"/);
    const next = worker
      .replace(hash(before), hash(honest ? page : `${page}changed on the way`))
      .replaceAll(oldVersion, createHash('sha256').update(name).digest('hex').slice(0, 12));
    assert.notEqual(next, worker);
    await writeFile(`${folder}/index.html`, page);
    await writeFile(`${folder}/service-worker.js`, next);
  }

  test('after the first visit everything works without the server, which hears nothing more', async () => {
    await stored();
    const heard = server.requests.length;
    await page.getByRole('button', { name: 'two voices', exact: true }).click();
    const online = await verdict(page);
    assert.deepEqual(server.requests.slice(heard), []);
    await server.stop();
    await page.reload();
    await untilModelReady(page);
    await page.getByRole('button', { name: 'two voices', exact: true }).click();
    assert.deepEqual(await verdict(page), online);
    await page.getByRole('link', { name: 'About' }).click();
    await page.locator('[data-offline=ready]').waitFor();
    assert.deepEqual(complaints, []);
    server = await startServer(folder);
  });

  test('the first load stays under 6 MB of compressed bytes', async () => {
    const paths = new Set(server.requests.map((path) => path.replace(/\?.*/, '').replace(/\/$/, '/index.html')));
    // What is stored for offline use is the same files, and the samples, which are not needed to open the page.
    const loaded = [...paths].filter((path) => !/\.wav$|licences\.txt$|icon|webmanifest$|service-worker/.test(path));
    let bytes = 0;
    for (const path of loaded) bytes += gzipSync(await readFile(folder + path), { level: 6 }).length;
    assert.ok(loaded.some((path) => path.endsWith('.onnx')) && loaded.some((path) => path.endsWith('.wasm')));
    assert.ok(bytes < FIRST_LOAD_BYTES, `${bytes} bytes`);
  });

  test('a new version waits for the user, then takes over in every tab', async () => {
    await stored();
    const second = await page.context().newPage();
    await second.goto(server.url);
    await untilModelReady(second);
    await deploy('next');
    await page.reload();
    const notice = page.getByText('A newer version of this page is ready.');
    await notice.waitFor();
    assert.equal(await version(), 'first');
    await page.getByRole('button', { name: 'Later' }).click();
    assert.equal(await notice.count(), 0);
    await page.reload();
    await notice.waitFor();
    await page.getByRole('button', { name: 'Reload now' }).click();
    for (const tab of [page, second]) {
      await tab.waitForFunction(() => document.querySelector('meta[name=version]')?.content === 'next');
      await untilModelReady(tab);
    }
    assert.equal((await page.evaluate(() => caches.keys())).length, 1, 'the first version is gone');
    assert.deepEqual(complaints, []);
  });

  test('a version whose files do not belong together is not taken', async () => {
    await stored();
    const heard = server.requests.length;
    await deploy('broken', { honest: false });
    await page.reload();
    await untilModelReady(page);
    // The worker's script was looked up, the page that it lists was fetched, and the installation is over.
    const asked = () => server.requests.slice(heard);
    for (let tries = 0; !(asked().includes('/service-worker.js') && asked().includes('/')); tries++) {
      assert.ok(tries < 200, asked().join());
      await page.waitForTimeout(50);
    }
    await page.waitForFunction(async () => !(await navigator.serviceWorker.getRegistration()).installing);
    assert.equal(await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).waiting), null);
    assert.equal(await version(), 'first');
    assert.equal((await page.evaluate(() => caches.keys())).length, 1);
    await page.getByRole('button', { name: 'one voice twice', exact: true }).click();
    assert.notEqual((await verdict(page)).score, null);
  });

  test('can be installed: a manifest whose icons exist', async () => {
    const link = page.locator('link[rel=manifest]');
    const manifest = await (await fetch(new URL(await link.getAttribute('href'), server.url))).json();
    assert.equal(manifest.display, 'standalone');
    for (const { src } of manifest.icons) assert.equal((await fetch(new URL(src, server.url))).status, 200, src);
  });
});
