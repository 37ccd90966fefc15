// A whole session, with everything that the page can do: the server hears nothing after the load, and the microphone is on only when asked.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openPage, repository, skip, startBrowser, startServer } from './browser.mjs';
import { beginEnrollment, enroll, openVerification, sampleUtterances, untilHeading, useSampleHere } from './person.mjs';
import { chooseFile, compare, untilModelReady, untilReady, useSample, verdict } from './slot.mjs';
import { readMuLaw, wavFile } from './wav.mjs';

const model = `${repository}/npm/dist/models/voiceprint-small`;

describe('privacy', { skip }, () => {
  let browser, server, folder, speech;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'voiceprint-privacy-'));
    speech = wavFile(await readMuLaw(`${repository}/web/samples/flite-slt-rain.wav`), 16000);
    const microphoneWav = join(folder, 'speaking.wav');
    await writeFile(microphoneWav, speech);
    server = await startServer();
    browser = await startBrowser({ microphoneWav });
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    if (folder) await rm(folder, { recursive: true });
  });

  /** Runs in the page: counts what is asked of the microphone, and keeps its tracks. */
  const watchMicrophone = () => {
    globalThis.microphoneTracks = [];
    const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      const stream = await original(constraints);
      globalThis.microphoneTracks.push(...stream.getTracks());
      return stream;
    };
  };

  test('nothing leaves the page in a whole session', async () => {
    const { page, complaints, close } = await openPage(browser, server.url, {
      offline: true,
      permissions: ['microphone'],
      initScript: watchMicrophone,
    });
    const numTracks = () => page.evaluate(() => globalThis.microphoneTracks.length);
    const openTracks = () =>
      page.evaluate(() => globalThis.microphoneTracks.filter(({ readyState }) => readyState === 'live').length);
    await untilModelReady(page);
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
    await chooseFile(page, 'B', { name: 'speech.wav', buffer: speech });
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

    // Live, a model of one's own, the other language, other colours.
    await page.getByRole('link', { name: 'Live' }).click();
    await page.getByRole('button', { name: 'Start listening' }).click();
    await page.locator('[data-speaker=Alice]').waitFor({ timeout: 60000 });
    await page.getByRole('button', { name: 'Stop listening' }).click();
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
    assert.deepEqual(complaints, []);
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
    await close();
  });

  test('the code of the page names no place to send anything to', async () => {
    const files = [...new Set(server.requests)].filter((path) => /\.m?js$/.test(path));
    assert.ok(files.length >= 3);
    for (const path of files) {
      const text = await readFile(`${repository}/web/dist${path}`, 'utf8');
      assert.doesNotMatch(text, /sendBeacon|new WebSocket|EventSource\(|RTCPeerConnection/, path);
    }
  });
});
