// Recordings that cannot be judged: each is refused, or inconclusive, in words with a cure; the page works on afterwards.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { repository, skip } from './browser.mjs';
import { chooseFile, compare, refusal, slot, untilReady, useSample } from './slot.mjs';
import { useBrowser } from './suite.mjs';
import { readMuLaw, silence, wavFile } from './wav.mjs';

const speech = skip ? [] : await readMuLaw(`${repository}/web/samples/flite-slt-rain.wav`);

describe('recordings that cannot be judged', { skip }, () => {
  const { onPage } = useBrowser();

  /** The page took no harm: the refused slot still takes a good recording. */
  async function worksOn(page) {
    await useSample(page, 'A', 'Woman, American: Rain');
  }

  test('text that calls itself WAV', onPage(async (page) => {
    await chooseFile(page, 'A', { name: 'notes.wav', buffer: Buffer.from('These are notes, not sound.\n'.repeat(40)) });
    assert.match(await refusal(page, 'A'), /not a sound file/);
    await worksOn(page);
  }));

  test('an empty file', onPage(async (page) => {
    await chooseFile(page, 'A', { name: 'empty.wav', buffer: Buffer.alloc(0) });
    assert.match(await refusal(page, 'A'), /no sound|not a sound file|breaks off/);
    await worksOn(page);
  }));

  test('a WAV file cut in the middle', onPage(async (page) => {
    const whole = wavFile(speech, 16000);
    await chooseFile(page, 'A', { name: 'cut.wav', buffer: whole.subarray(0, whole.length / 2) });
    assert.match(await refusal(page, 'A'), /breaks off before its end/);
    await worksOn(page);
  }));

  test('a WAV file that ends within its header', onPage(async (page) => {
    await chooseFile(page, 'A', { name: 'header.wav', buffer: wavFile(speech, 16000).subarray(0, 30) });
    assert.match(await refusal(page, 'A'), /breaks off|damaged|not a sound file/);
    await worksOn(page);
  }));

  test('a sample rate that no device has', onPage(async (page) => {
    await chooseFile(page, 'A', { name: 'rate.wav', buffer: wavFile(speech, 10_000_000) });
    assert.match(await refusal(page, 'A'), /not a sound file|damaged|could not be read/);
    await worksOn(page);
  }));

  test('a clip of 50 ms is inconclusive', onPage(async (page) => {
    await useSample(page, 'A', 'Woman, American: Rain');
    await chooseFile(page, 'B', { name: 'clip.wav', buffer: wavFile(speech.slice(8000, 8800), 16000) });
    await untilReady(page, 'B');
    assert.match(await slot(page, 'B').innerText(), /No speech was found|Too short/);
    assert.equal((await compare(page)).decision, 'inconclusive');
  }));

  test('eleven minutes are too long', onPage(async (page) => {
    const eleven = wavFile(silence(660, 8000), 8000);
    await chooseFile(page, 'A', { name: 'lecture.wav', buffer: eleven });
    const words = await refusal(page, 'A');
    assert.match(words, /too long \(11:00 min\)/);
    assert.match(words, /Cut out/);
    await worksOn(page);
  }));
});
