// A server that lacks the model, or has a damaged one: the page says so, stays usable, and recovers without a reload.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { skip } from './browser.mjs';
import { chooseFile, refusal, untilModelReady, untilReady } from './slot.mjs';
import { useBrowser } from './suite.mjs';
import { silence, wavFile } from './wav.mjs';

describe('failures of the model', { skip }, () => {
  const suite = useBrowser();

  async function withModel(answer, body) {
    const context = await suite.browser.newContext();
    const page = await context.newPage();
    await context.route(/\.onnx$/, answer);
    await page.goto(suite.server.url);
    await page.locator('[data-engine=failed]').waitFor();
    await body(page, context);
    await context.close();
  }
  const banner = (page) => page.locator('main > [role=alert]').innerText();

  test('missing: the page says so, and a second try finds it', () =>
    withModel(
      (route) => route.fulfill({ status: 404 }),
      async (page, context) => {
        assert.match(await banner(page), /model is missing/);
        await chooseFile(page, 'A', { name: 'silence.wav', buffer: wavFile(silence(1), 16000) });
        assert.match(await refusal(page, 'A'), /model is missing/);
        await context.unroute(/\.onnx$/);
        await page.getByRole('button', { name: 'Try again' }).click();
        await untilModelReady(page);
        assert.equal(await page.locator('main > [role=alert]').count(), 0);
        await chooseFile(page, 'A', { name: 'silence.wav', buffer: wavFile(silence(1), 16000) });
        await untilReady(page, 'A');
      },
    ));

  test('damaged: the page says so', () =>
    withModel(
      (route) => route.fulfill({ status: 200, body: Buffer.alloc(5000, 7) }),
      async (page) => {
        assert.match(await banner(page), /model on this server is damaged/);
      },
    ));

  test('no connection: the page says so', () =>
    withModel(
      (route) => route.abort(),
      async (page) => {
        assert.match(await banner(page), /could not be loaded/);
      },
    ));
});
