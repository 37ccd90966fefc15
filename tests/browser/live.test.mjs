// Who is speaking now, with a mixed recording in the place of the microphone.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { axe } from './axe.mjs';
import { repository, skip } from './browser.mjs';
import { enroll, sampleUtterances, untilHeading } from './person.mjs';
import { untilModelReady } from './slot.mjs';
import { keepTracks, useBrowser } from './suite.mjs';
import { readMuLaw, silence } from './wav.mjs';

describe('live identification', { skip }, () => {
  const { onPageWith } = useBrowser({
    /** Alice, Bob and a stranger, each for some ten seconds, with silence between. */
    microphone: async () => {
      const parts = [];
      for (const voice of ['flite-slt', 'festival-ked', 'espeak-en-us-f3']) {
        for (const text of ['rain', 'parcel', 'rain']) parts.push(await readMuLaw(`${repository}/web/samples/${voice}-${text}.wav`));
        parts.push(silence(6));
      }
      return parts.flat();
    },
    arrange: untilModelReady,
  });
  const refusing = useBrowser({ arrange: untilModelReady });

  /** Every speaker whom the page shows from now on, in order, as one text: a state may last no longer than a second. */
  const keepSpeakers = () => {
    const speakers = [];
    new MutationObserver(() => {
      const shown = document.querySelector('[data-speaker]')?.dataset.speaker;
      if (shown && shown !== speakers.at(-1)) speakers.push(shown);
      globalThis.speakers = speakers.join(' ');
    }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-speaker'] });
  };
  const tracks = (page) => page.evaluate(() => globalThis.microphoneTracks.map(({ readyState }) => readyState));

  test('names the enrolled, calls a stranger unknown, and shows the turns', onPageWith({ initScript: keepTracks }, async (page) => {
    await enroll(page, 'Alice', sampleUtterances('Woman, American'));
    await enroll(page, 'Bob', sampleUtterances('Man, American'));
    await page.getByRole('link', { name: 'Live' }).click();
    await untilHeading(page, 'Who is speaking?');
    await page.evaluate(keepSpeakers);
    await page.getByRole('button', { name: 'Start listening' }).click();
    assert.match(await page.locator('.live-candidates').innerText(), /Alice.*LLR/s);
    // Somebody is unknown until he is recognised. The microphone begins anew at the end, and who was missed is heard again.
    const order = /Alice ((unknown|Alice) )*silence (unknown )?Bob ((unknown|Bob) )*silence unknown silence/;
    await page
      .waitForFunction((wanted) => wanted.test(globalThis.speakers), order, { timeout: 300_000 })
      .catch(async () => assert.match(await page.evaluate(() => globalThis.speakers), order));
    const turns = (await page.locator('.turns li').allInnerTexts()).reverse().map((text) => text.replace(/\s*at .*/s, ''));
    assert.match(turns.join(' '), /Alice ((Somebody unknown|Alice) )*Bob ((Somebody unknown|Bob) )*Somebody unknown/);
    assert.match(await page.locator('.live-setting').innerText(), /Of people who are not enrolled/);
    assert.deepEqual(await axe(page), []);
    await page.getByRole('button', { name: '中文' }).click();
    await page.getByRole('button', { name: '停止聆听' }).click();
    await page.getByRole('button', { name: '开始聆听' }).waitFor();
    assert.deepEqual(await tracks(page), ['ended'], 'the microphone is off');
  }));

  test('a name of 80 letters does not widen the view', onPageWith({ viewport: { width: 320, height: 700 } }, async (page) => {
    await enroll(page, 'm'.repeat(80), sampleUtterances('Woman, American'));
    await page.getByRole('link', { name: 'Live' }).click();
    await page.getByRole('button', { name: 'Start listening' }).click();
    await page.locator('.live-known').waitFor();
    await page.locator('.turns b').getByText(/^m/).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
  }));

  test('another setting goes on listening, and another view ends it', onPageWith({ path: '#/live', initScript: keepTracks }, async (page) => {
    await page.getByText('Nobody is enrolled yet').waitFor();
    await page.getByRole('button', { name: 'Start listening' }).dblclick();
    await page.locator('[data-speaker=unknown]').waitFor();
    const slider = page.getByRole('slider', { name: 'How often strangers may pass' });
    await slider.press('End');
    assert.match(await slider.getAttribute('aria-valuetext'), /1 in 1,000 pairs/);
    await page.locator('[data-speaker=unknown], [data-speaker=silence]').waitFor();
    await page.getByRole('link', { name: 'About' }).click();
    await page.waitForFunction(() => globalThis.microphoneTracks.every(({ readyState }) => readyState === 'ended'));
    await page.goBack();
    await page.getByRole('button', { name: 'Start listening' }).waitFor();
  }));

  test('refused: the page says so', refusing.onPageWith({ path: '#/live' }, async (page) => {
    await page.getByRole('button', { name: 'Start listening' }).click();
    assert.match(await page.getByRole('alert').innerText(), /not allowed/);
  }));

  test('unplugged: the page says so', onPageWith({ path: '#/live', initScript: keepTracks }, async (page) => {
    await page.getByRole('button', { name: 'Start listening' }).click();
    await page.getByRole('button', { name: 'Stop listening' }).waitFor();
    await page.waitForFunction(() => globalThis.microphoneTracks.length > 0);
    await page.evaluate(() => {
      for (const track of globalThis.microphoneTracks) track.dispatchEvent(new Event('ended'));
    });
    assert.match(await page.getByRole('alert').innerText(), /disconnected/);
  }));
});
