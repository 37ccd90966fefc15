// What the page promises about security and privacy, and what the little server adds to it.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { dirname } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { contentSecurityPolicy } from '../../web/csp.mjs';
import { serve } from '../../web/serve.mjs';
import { dist, openPage, skip, startServer } from './browser.mjs';
import { untilModelReady, verdict } from './slot.mjs';
import { useBrowser } from './suite.mjs';

describe('policy', { skip }, () => {
  const suite = useBrowser();
  const { onPage } = suite;

  test('the page carries the policy as meta, the server as header', onPage(async (page) => {
    const { server } = suite;
    const meta = await page.locator('meta[http-equiv=Content-Security-Policy]').getAttribute('content');
    assert.equal(meta, contentSecurityPolicy);
    const { headers } = await fetch(server.url);
    assert.ok(headers.get('content-security-policy').startsWith(`${contentSecurityPolicy};`));
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  }));

  test('the policy allows neither eval nor inline code nor foreign places', () => {
    assert.match(contentSecurityPolicy, /^default-src 'none';/);
    assert.doesNotMatch(contentSecurityPolicy, /'unsafe-(inline|eval)'|https?:|\*|data:/);
  });

  test('the policy is enforced, by the meta element alone', async () => {
    const { page, close } = await openPage(suite.browser, suite.server.url);
    // A server that sends no header must be enough.
    await page.route('**/*', async (route) => {
      const response = await route.fetch();
      const headers = { ...response.headers() };
      delete headers['content-security-policy'];
      await route.fulfill({ response, headers });
    });
    await page.reload();
    await untilModelReady(page);
    const outcome = await page.evaluate(async () => {
      const violations = [];
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
        violations.push(effectiveDirective),
      );
      const script = document.createElement('script');
      script.textContent = 'globalThis.inlineRan = true';
      document.body.append(script);
      const image = new Image();
      image.src = 'http://127.0.0.1:9/pixel.png';
      const fetched = await fetch('http://127.0.0.1:9/').then(
        () => true,
        () => false,
      );
      setTimeout('globalThis.stringRan = true'); // a debugger may use eval itself, so that would prove nothing here
      await new Promise((done) => setTimeout(done, 100));
      return {
        inlineRan: globalThis.inlineRan === true,
        stringRan: globalThis.stringRan === true,
        fetched,
        violations: [...new Set(violations)].sort(),
      };
    });
    assert.deepEqual(outcome, {
      inlineRan: false,
      stringRan: false,
      fetched: false,
      violations: ['connect-src', 'img-src', 'script-src', 'script-src-elem'],
    });
    await close();
  });

  test('a whole session requests nothing from another origin, and nothing at all once everything is loaded', onPage(async (page) => {
    const requests = [];
    page.context().on('request', (made) => requests.push(made.url()));
    await page.getByRole('button', { name: 'two voices', exact: true }).click();
    await verdict(page);
    requests.length = 0;
    await page.getByRole('button', { name: 'Compare the two voices' }).click();
    await verdict(page);
    await page.getByLabel('Before listening, one person seemed').selectOption('0.1');
    await verdict(page);
    assert.deepEqual(
      requests.filter((url) => !url.startsWith('blob:')),
      [],
    );
  }));

  test('a request to another origin is noticed by these tests', async () => {
    const { page, complaints, close } = await openPage(suite.browser, suite.server.url);
    const bare = await page.context().newPage();
    await bare.goto('http://127.0.0.1:9/').catch(() => undefined);
    assert.equal(complaints.filter((line) => line.startsWith('request to http://127.0.0.1:9/')).length, 1);
    await close();
  });

  test('the page works from a subfolder, as on any static host', async (t) => {
    const parent = await startServer(dirname(dist));
    t.after(() => parent.stop());
    const { page, complaints, close } = await openPage(suite.browser, `${parent.url}dist/`);
    await page.getByRole('button', { name: 'two voices', exact: true }).click();
    await verdict(page);
    assert.deepEqual(complaints, []);
    await close();
  });
});

describe('serve.mjs', { skip }, () => {
  let server;
  before(async () => {
    server = await startServer();
  });
  after(() => server?.stop());

  /** Unlike fetch, sends the path as it is. */
  const status = (path, method = 'GET') =>
    new Promise((done, failed) => {
      const { port } = new URL(server.url);
      request({ port, path, method, host: 'localhost' }, (response) => done(response.resume().statusCode))
        .on('error', failed)
        .end();
    });

  test('serves nothing outside its folder', async () => {
    for (const path of [
      '/../package.json',
      '/%2e%2e/package.json',
      '/..%2fpackage.json',
      '/%00',
      '/%',
      '/assets/',
      '/nothing',
    ]) {
      assert.equal(await status(path), 404, path);
    }
    assert.equal(await status('/'), 200);
    assert.equal(await status('/', 'POST'), 405);
  });

  test('names the type of everything that the page loads', async () => {
    const expected = {
      '.js': 'text/javascript',
      '.css': 'text/css',
      '.wav': 'audio/wav',
      '.wasm': 'application/wasm',
      '.woff2': 'font/woff2',
    };
    const files = await readdir(dist, { recursive: true });
    for (const [ending, type] of Object.entries(expected)) {
      const file = files.find((name) => name.endsWith(ending));
      assert.ok(file, `the page has no ${ending} file`);
      const response = await fetch(server.url + file, { method: 'HEAD' });
      assert.ok(response.headers.get('content-type').startsWith(type), file);
      assert.equal((await response.arrayBuffer()).byteLength, 0);
    }
  });

  test('takes the next free port', async () => {
    const taken = Number(new URL(server.url).port);
    const second = await serve(dist, taken);
    assert.ok(second.address().port > taken);
    second.close();
  });
});
