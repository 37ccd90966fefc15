// The main path of the page: two recordings in, one verdict out.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { skip } from './browser.mjs';
import { enroll, openVerification, sampleUtterances, useSampleHere } from './person.mjs';
import { chooseFile, compare, slot, untilModelReady, untilReady, useSample, verdict } from './slot.mjs';
import { useBrowser } from './suite.mjs';
import { silence, wavFile } from './wav.mjs';

describe('comparing two recordings', { skip }, () => {
  const { onPage } = useBrowser();

  test('the page loads the model and tells about it', onPage(async (page) => {
    await untilModelReady(page);
    assert.equal(await page.title(), 'Is it the same voice? · Voiceprint');
    assert.ok(await page.getByRole('button', { name: 'Compare the two voices' }).isDisabled());
    await page.getByRole('link', { name: 'About' }).click();
    assert.match(await page.getByRole('region', { name: 'How good is it?' }).innerText(), /\d%/);
    assert.match(await page.getByRole('region', { name: 'The model in use' }).innerText(), /SHA-256\s+[0-9a-f]{64}/);
    assert.equal(await page.title(), 'About · Voiceprint');
  }));

  test('two samples are compared from start to verdict', onPage(async (page) => {
    await useSample(page, 'A', 'Woman, American: Rain');
    await useSample(page, 'B', 'Man, American: Parcel');
    const { decision, score, headline } = await compare(page);
    assert.ok(['accept', 'reject'].includes(decision), decision);
    assert.ok(score > -1 && score < 1);
    assert.ok(headline.length > 10);
    const panel = await page.locator('[data-decision]').innerText();
    assert.match(panel, /\(LLR\) [−+]?\d/);
    assert.match(panel, /prior 0\.5/);
    assert.match(panel, /neither a percentage nor a probability/i);
    assert.match(await page.locator('#announcement').innerText(), new RegExp(headline));
    await page.getByRole('link', { name: 'About' }).click();
    const stages = page.getByRole('region', { name: 'Where the time goes' });
    const network = await stages.getByRole('row', { name: /^Network/ }).getByRole('cell').allInnerTexts();
    assert.match(network.join(), /^\d+%,[\d,.]+ ms,[\d,.]+ ms$/);
    assert.match(await stages.getByRole('row', { name: /^From call to answer/ }).innerText(), /times as fast as listening/);
  }));

  test('a recording compared with itself has score 1, and says nothing about the voice', onPage(async (page) => {
    await useSample(page, 'A', 'Man, American: Rain');
    await useSample(page, 'B', 'Man, American: Rain');
    const { score, headline } = await compare(page);
    assert.ok(Math.abs(score - 1) < 1e-4, String(score));
    assert.equal(headline, 'These are the same recording');
    for (const part of ['.evidence', '.ruler', '.verdict-error-rate']) assert.equal(await page.locator(part).count(), 0, part);
  }));

  test('a verdict tells its own time, for the sound that was listened to for it', onPage(async (page) => {
    const line = () => page.locator('.verdict').getByText('times as fast as listening').innerText();
    const soundS = async () => Number((await line()).match(/for ([\d.]+) s of sound/)[1]);
    await useSample(page, 'A', 'Woman, American: Rain');
    await useSample(page, 'B', 'Woman, American: Parcel');
    await compare(page);
    const both = await soundS();
    await page.getByRole('button', { name: 'Remove recording B' }).click();
    await useSample(page, 'B', 'Man, American: Parcel');
    await compare(page);
    assert.ok((await soundS()) < 0.7 * both, 'A was known');
    const compared = await line();
    await enroll(page, 'Alice', sampleUtterances('Woman, American'));
    await openVerification(page, 'Alice');
    await useSampleHere(page, 'Woman, American: Parcel');
    await verdict(page);
    assert.notEqual(await line(), compared);
    await page.getByRole('link', { name: 'Compare' }).click();
    await verdict(page);
    assert.equal(await line(), compared);
  }));

  test('one click compares an example', onPage(async (page) => {
    await page.getByRole('button', { name: 'one voice twice', exact: true }).click();
    assert.notEqual((await verdict(page)).score, null);
  }));

  test('a lower prior lowers the probability and leaves score and decision', onPage(async (page) => {
    await useSample(page, 'A', 'Woman, American: Rain');
    await useSample(page, 'B', 'Woman, American: Parcel');
    const first = await compare(page);
    await page.getByLabel('Before listening, one person seemed').selectOption('0.001');
    await page.getByText('Calibrated posterior at the prior 0.001').waitFor();
    assert.deepEqual(await verdict(page), first);
  }));

  test('the slider goes through every operating point, from lenient to strict', onPage(async (page, t) => {
    await useSample(page, 'A', 'Woman, American: Rain');
    await useSample(page, 'B', 'Woman, American: Parcel');
    await compare(page);
    const slider = page.getByRole('slider', { name: 'How often strangers may pass' });
    if (await slider.isDisabled()) {
      t.skip('the bundled model has one operating point');
      return;
    }
    const shown = async () => ({
      threshold: Number((await page.locator('.ruler-threshold b').innerText()).replace('−', '-')),
      effect: await page.locator('.setting-effect').innerText(),
    });
    await slider.press('Home');
    await verdict(page);
    const settings = [await shown()];
    for (let step = Number(await slider.getAttribute('max')); step > 0; step--) {
      const { threshold } = settings.at(-1);
      await slider.press('ArrowRight');
      await page.waitForFunction(
        (before) => document.querySelector('.ruler-threshold b')?.textContent !== before,
        threshold.toFixed(2).replace('-', '−'),
      );
      settings.push(await shown());
    }
    const thresholds = settings.map(({ threshold }) => threshold);
    assert.deepEqual(thresholds, [...thresholds].sort((a, b) => a - b), 'stricter needs more');
    assert.equal(new Set(settings.map(({ effect }) => effect)).size, settings.length, 'each with its own errors');
  }));

  test('silence is inconclusive, with a cure', onPage(async (page) => {
    await useSample(page, 'A', 'Woman, American: Rain');
    await chooseFile(page, 'B', { name: 'silence.wav', buffer: wavFile(silence(3), 16000) });
    await untilReady(page, 'B');
    assert.match(await slot(page, 'B').innerText(), /No speech was found/);
    const { decision, headline } = await compare(page);
    assert.equal(decision, 'inconclusive');
    assert.match(headline, /No answer/);
    assert.equal(await page.locator('.ruler').count(), 0);
    assert.match(await page.locator('.cures').innerText(), /Recording B: No speech was found/);
  }));

  test('a verdict goes away with either of its recordings', onPage(async (page) => {
    await page.getByRole('button', { name: 'two voices', exact: true }).click();
    await verdict(page);
    await page.getByRole('button', { name: 'Remove recording A' }).click();
    await page.locator('[data-decision]').waitFor({ state: 'detached' });
    assert.match(await page.locator('.compare-bar').innerText(), /Still needed: recording A\./);
  }));

  test('a file can be dropped on a slot', onPage(async (page) => {
    const wav = wavFile(silence(1), 16000).toString('base64');
    const transfer = await page.evaluateHandle((base64) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], 'dropped.wav', { type: 'audio/wav' }));
      return data;
    }, wav);
    await slot(page, 'A').dispatchEvent('drop', { dataTransfer: transfer });
    await untilReady(page, 'A');
    assert.match(await slot(page, 'A').innerText(), /dropped\.wav/);
  }));

  test('a recording can be played and the position moved', onPage(async (page) => {
    await useSample(page, 'A', 'Woman, American: Rain');
    const slider = page.getByRole('slider', { name: 'Play position in recording A' });
    await slider.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    assert.equal(await slider.getAttribute('aria-valuenow'), '1');
    await page.getByRole('button', { name: 'Play recording A' }).click();
    await page.getByRole('button', { name: 'Pause recording A' }).click();
    assert.ok(Number(await slider.getAttribute('aria-valuenow')) >= 1);
  }));
});
