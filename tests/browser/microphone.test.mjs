// Recording in the page, with a WAV file in the place of a microphone.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { repository, skip } from './browser.mjs';
import { chooseFile, compare, refusal, slot, untilModelReady, untilReady, useSample } from './slot.mjs';
import { keepTracks, useBrowser } from './suite.mjs';
import { readMuLaw, silence, wavFile } from './wav.mjs';

describe('recording by microphone', { skip }, () => {
  const speech = () => readMuLaw(`${repository}/web/samples/flite-slt-rain.wav`);
  const withMicrophone = (microphone) => useBrowser({ microphone, arrange: untilModelReady });
  const speaking = withMicrophone(speech);
  const silent = withMicrophone(async () => silence(5));
  const shouting = withMicrophone(async () => (await speech()).map((sample) => Math.max(-1, Math.min(1, 40 * sample))));
  const refusing = withMicrophone(null);

  const record = (page) => page.getByRole('button', { name: 'Record A', exact: true }).click();
  const stop = (page) => page.getByRole('button', { name: 'Stop recording' }).click();
  const speechGoal = (page) => page.getByRole('progressbar', { name: /Speech/ });

  async function recordUntilSpeech(page, seconds) {
    await record(page);
    await page.waitForFunction(
      (percent) => Number(document.querySelector('.ring')?.getAttribute('aria-valuenow')) >= percent,
      20 * seconds,
    );
  }

  test('what is recorded is the voice that was played', speaking.onPage(async (page) => {
    await recordUntilSpeech(page, 4);
    await stop(page);
    await untilReady(page, 'A');
    assert.match(await slot(page, 'A').innerText(), /From the microphone · Recording 1/);
    await useSample(page, 'B', 'Woman, American: Rain');
    const same = await compare(page);
    assert.equal(same.decision, 'accept');
    await page.getByRole('button', { name: 'Remove recording B' }).click();
    await useSample(page, 'B', 'Robotic, American: Rain');
    const other = await compare(page);
    assert.ok(same.score > 0.8 && same.score > other.score, `${same.score} against ${other.score}`);
  }));

  test('a second click on Record does no harm', speaking.onPage(async (page) => {
    await page.getByRole('button', { name: 'Record A', exact: true }).dblclick();
    await slot(page, 'A').getByText('Keep speaking').waitFor();
    await stop(page);
    await untilReady(page, 'A');
  }));

  test('recording in the other slot ends the first: one sound is not recorded twice', speaking.onPage(async (page) => {
    await recordUntilSpeech(page, 1);
    await page.getByRole('button', { name: 'Record B', exact: true }).click();
    await untilReady(page, 'A');
    await page.locator('[data-slot=B][data-state=recording]').waitFor();
  }));

  test('the waveform and the tones are drawn while someone speaks', speaking.onPage(async (page) => {
    await record(page);
    // Measured in the page, in the frame in which two of the first eight seconds are drawn: the pace of the machine does not matter.
    const drawn = await page.waitForFunction(() => {
      const canvas = document.querySelector('.live-canvas');
      if (!canvas?.width || !canvas.height) return false;
      const { width, height } = canvas;
      const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
      copy.drawImage(canvas, 0, 0);
      const { data } = copy.getImageData(0, 0, width, height);
      const HALF_INK = 100;
      const inked = (from, to) =>
        Array.from({ length: width }, (_, x) => {
          for (let y = from; y < to; y++) if (data[4 * (y * width + x) + 3] > HALF_INK) return true;
          return false;
        });
      const end = (columns) => columns.lastIndexOf(true) + 1;
      const wave = inked(0, Math.round(0.18 * height) - 4);
      const tones = inked(Math.round(0.4 * height), height);
      if (end(tones) < width / 4) return false;
      const share = (columns) => columns.filter(Boolean).length / end(tones);
      return { wave: share(wave), tones: share(tones), end: Math.max(end(wave), end(tones)) / width };
    });
    const { wave, tones, end } = await drawn.jsonValue();
    assert.ok(wave > 0.2 && tones > 0.3, `ink in ${wave} of the columns of the waveform, in ${tones} of the tones'`);
    assert.ok(end < 0.6, `the time to come is empty, but ends at ${end}`);
  }));

  test('the page shows speech and praise while someone speaks', speaking.onPage(async (page) => {
    await recordUntilSpeech(page, 1);
    await slot(page, 'A').getByRole('status').getByText('Keep speaking').waitFor();
    assert.ok(await speechGoal(page).isVisible());
    assert.match(await slot(page, 'A').locator('.peak').innerText(), /Peak −\d+ dBFS/);
  }));

  test('a silent microphone is noticed while recording, and inconclusive', silent.onPage(async (page) => {
    await record(page);
    await slot(page, 'A').getByText('Nothing is heard. Is the microphone muted?').waitFor();
    await stop(page);
    await untilReady(page, 'A');
    assert.match(await slot(page, 'A').innerText(), /No speech was found/);
    await useSample(page, 'B', 'Woman, American: Rain');
    assert.equal((await compare(page)).decision, 'inconclusive');
  }));

  test('an overdriven microphone is noticed while recording', shouting.onPage(async (page) => {
    await record(page);
    await slot(page, 'A').getByText('Too loud: move back a little.').waitFor();
  }));

  test('cancel closes the microphone and empties the slot', speaking.onPageWith({ initScript: keepTracks }, async (page) => {
    await recordUntilSpeech(page, 0.5);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Record A', exact: true }).waitFor();
    assert.deepEqual(await page.evaluate(() => globalThis.microphoneTracks.map((track) => track.readyState)), [
      'ended',
    ]);
  }));

  test('stop closes the microphone', speaking.onPageWith({ initScript: keepTracks }, async (page) => {
    await recordUntilSpeech(page, 0.5);
    await stop(page);
    await untilReady(page, 'A');
    assert.deepEqual(await page.evaluate(() => globalThis.microphoneTracks.map((track) => track.readyState)), [
      'ended',
    ]);
  }));

  test('unplugged while recording: what was recorded is kept, and the page says so', speaking.onPageWith({ initScript: keepTracks }, async (page) => {
    await recordUntilSpeech(page, 2);
    await page.evaluate(() => {
      for (const track of globalThis.microphoneTracks) track.dispatchEvent(new Event('ended'));
    });
    await untilReady(page, 'A');
    const words = await slot(page, 'A').innerText();
    assert.match(words, /The microphone was disconnected/);
    assert.match(words, /Recording 1/);
  }));

  test('refused: the page says how to allow it, and files still work', refusing.onPage(async (page) => {
    await record(page);
    assert.match(await refusal(page, 'A'), /not allowed.*Allow it/s);
    await chooseFile(page, 'A', { name: 'silence.wav', buffer: wavFile(silence(1), 16000) });
    await untilReady(page, 'A');
  }));

  const noDevice = () => {
    navigator.mediaDevices.getUserMedia = () =>
      Promise.reject(new DOMException('Requested device not found', 'NotFoundError'));
  };

  test('no microphone: the page says so', refusing.onPageWith({ initScript: noDevice }, async (page) => {
    await record(page);
    assert.match(await refusal(page, 'A'), /No microphone was found.*Plug one in/s);
  }));
});
