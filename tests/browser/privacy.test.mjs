// A whole session, with everything that the page can do: the server hears nothing after the load, and the microphone is on only when asked.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { repository, skip } from './browser.mjs';
import { useConversation } from './conversation.mjs';
import { beginEnrollment, enroll, openVerification, sampleUtterances, untilHeading, useSampleHere } from './person.mjs';
import { chooseFile, compare, untilModelReady, untilReady, useSample, verdict } from './slot.mjs';
import { keepTracks, useBrowser } from './suite.mjs';
import { readMuLaw, wavFile } from './wav.mjs';

const model = `${repository}/npm/dist/models/voiceprint-small`;

describe('privacy', { skip }, () => {
  const samples = () => readMuLaw(`${repository}/web/samples/flite-slt-rain.wav`);
  const suite = useBrowser({ microphone: samples, arrange: untilModelReady });

  test('nothing leaves the page in a whole session', suite.onPageWith({ offline: true, initScript: keepTracks }, async (page) => {
    const { server } = suite;
    const numTracks = () => page.evaluate(() => globalThis.microphoneTracks.length);
    const openTracks = () =>
      page.evaluate(() => globalThis.microphoneTracks.filter(({ readyState }) => readyState === 'live').length);
    await page.getByRole('link', { name: 'About' }).click();
    await page.locator('[data-offline=ready]').waitFor();
    const heard = server.requests.length;
    assert.equal(await numTracks(), 0, 'the microphone is not asked for by itself');

    // Compare: microphone, file, sample.
    await page.getByRole('link', { name: 'Compare' }).click();
    await page.getByRole('button', { name: 'Record A', exact: true }).click();
    await page.getByText('Good. Keep speaking.').waitFor();
    assert.equal(await openTracks(), 1);
    await page.getByRole('button', { name: 'Stop recording' }).click();
    await untilReady(page, 'A');
    assert.equal(await openTracks(), 0, 'off after Stop');
    await chooseFile(page, 'B', { name: 'speech.wav', buffer: wavFile(await samples(), 16000) });
    await untilReady(page, 'B');
    await compare(page);
    await page.getByRole('button', { name: 'Remove recording B' }).click();
    await useSample(page, 'B', 'Man, American: Rain');
    await compare(page);
    await page.getByRole('slider', { name: 'How often strangers may pass' }).press('End');
    await page.getByLabel('Before listening, one person seemed').selectOption('0.01');
    await verdict(page);

    // People: samples, microphone, another view while it is open, verification, copy, deletion.
    await enroll(page, 'Alice', sampleUtterances('Woman, American'));
    await beginEnrollment(page, 'Bob');
    await page.getByRole('button', { name: 'Record', exact: true }).click();
    await page.getByText('Keep speaking').waitFor();
    await page.getByRole('link', { name: 'People' }).click();
    await untilHeading(page, 'People whose voice you know');
    await page.waitForFunction(() => globalThis.microphoneTracks.every(({ readyState }) => readyState === 'ended'));
    await openVerification(page, 'Alice');
    await useSampleHere(page, 'Woman, American: Parcel');
    await verdict(page);
    await page.getByRole('link', { name: 'People' }).click();
    await page.getByLabel('Passphrase', { exact: true }).fill('a passphrase');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save the file' }).click();
    assert.match((await download).url(), /^blob:/);

    // Live, a conversation, a model of one's own, the other language, other colours.
    await page.getByRole('link', { name: 'Live' }).click();
    await page.getByRole('button', { name: 'Start listening' }).click();
    await page.locator('[data-speaker=Alice]').waitFor();
    await page.getByRole('button', { name: 'Stop listening' }).click();
    await useConversation(page, 'two speakers');
    await page.getByRole('link', { name: 'About' }).click();
    await page.locator('.own-model input[type=file]').setInputFiles(['manifest.json', 'model.onnx', 'cohort.bin'].map((file) => `${model}/${file}`));
    await page.getByText('is in use.').waitFor();
    await page.getByRole('button', { name: '中文' }).click();
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('button', { name: /^Colours:/ }).click();

    assert.equal(await openTracks(), 0);
    // The browser itself looks now and then whether the service worker is the newest; that tells the server nothing.
    const asked = server.requests.slice(heard).filter((path) => path !== '/service-worker.js');
    assert.deepEqual(asked, []);
    // What the browser keeps: the page itself, the voiceprints, the choices of language and colours. No recording.
    const kept = await page.evaluate(async () => ({
      local: Object.keys(localStorage).sort(),
      session: sessionStorage.length,
      cookies: document.cookie,
      databases: (await indexedDB.databases()).map(({ name }) => name.replace(/[0-9a-f]{16}$/, '')),
    }));
    assert.deepEqual(kept, {
      local: ['voiceprint-language', 'voiceprint-theme'],
      session: 0,
      cookies: '',
      databases: ['voiceprint-gallery-'],
    });
  }));

  test('the code of the page names no place to send anything to', async () => {
    const files = [...new Set(suite.server.requests)].filter((path) => /\.m?js$/.test(path));
    assert.ok(files.length >= 3);
    for (const path of files) {
      const text = await readFile(`${repository}/web/dist${path}`, 'utf8');
      assert.doesNotMatch(text, /sendBeacon|new WebSocket|EventSource\(|RTCPeerConnection/, path);
    }
  });
});
