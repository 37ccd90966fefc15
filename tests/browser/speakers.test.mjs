// Who spoke when: the example conversations, playing from a turn, the number of speakers, names, files.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { axe } from './axe.mjs';
import { repository, skip } from './browser.mjs';
import { openSpeakers, turns, untilToldApart, useConversation } from './conversation.mjs';
import { chooseFileHere, enroll, quiet, sampleUtterances } from './person.mjs';
import { untilModelReady } from './slot.mjs';
import { useBrowser } from './suite.mjs';
import { readMuLaw } from './wav.mjs';

/** Who says what in the examples. */
const EXAMPLES = {
  'two speakers': ['flite-slt-rain', 'festival-ked-rain', 'flite-slt-parcel', 'festival-ked-parcel'],
  'three speakers': [
    'flite-slt-rain',
    'festival-ked-rain',
    'espeak-en-us-f3-rain',
    'flite-slt-parcel',
    'espeak-en-us-f3-parcel',
    'festival-ked-parcel',
  ],
};
const PAUSE_S = 0.4;
/** The voices have a quiet edge of 0.15 s, and windows are coarse. */
const TOLERANCE_S = 0.6;

/** Who speaks from when to when: { voice, startS, endS }. */
async function truth(example) {
  const said = [];
  let startS = 0;
  for (const sample of EXAMPLES[example]) {
    const endS = startS + (await readMuLaw(`${repository}/web/samples/${sample}.wav`)).length / 16000;
    said.push({ voice: sample.replace(/-[a-z]+$/, ''), startS, endS });
    startS = endS + PAUSE_S;
  }
  return said;
}

describe('who spoke when', { skip }, () => {
  const suite = useBrowser({ arrange: untilModelReady });
  const { onPage, onPageWith } = suite;
  const headline = (page) => page.locator('.found h3').innerText();
  const speakers = (page) => page.locator('.speakers-table b').allInnerTexts();

  for (const example of Object.keys(EXAMPLES)) {
    test(`the example with ${example} is told apart`, onPage(async (page) => {
      await useConversation(page, example);
      const said = await truth(example);
      const found = await turns(page);
      assert.equal(found.length, said.length);
      const voices = [...new Set(said.map(({ voice }) => voice))];
      assert.equal(await headline(page), `${voices.length} speakers found`);
      for (const [i, { voice, startS, endS }] of said.entries()) {
        const turn = found[i];
        assert.equal(turn.who, `Speaker ${voices.indexOf(voice) + 1}`, `turn ${i}`);
        assert.ok(Math.abs(turn.startS - startS) < TOLERANCE_S, `turn ${i} from ${turn.startS}, not ${startS}`);
        assert.ok(Math.abs(turn.endS - endS) < TOLERANCE_S, `turn ${i} to ${turn.endS}, not ${endS}`);
      }
      assert.equal(await page.locator('.lane').count(), voices.length);
      const shares = await page.locator('.share').allInnerTexts();
      assert.ok(Math.abs(shares.reduce((sum, text) => sum + Number.parseInt(text, 10), 0) - 100) <= 1, shares.join());
    }));
  }

  test('by keyboard from turn to turn: Enter plays from there and marks it, the space bar pauses', onPage(async (page) => {
    await useConversation(page, 'two speakers');
    const [, second, third] = await turns(page);
    const position = () => page.locator('audio').evaluate((audio) => audio.currentTime);
    const isPlaying = (playing) => page.getByRole('button', { name: playing ? 'Pause recording' : 'Play recording' }).waitFor();
    const marked = (selector) => page.locator(`${selector}[aria-current=true]`);

    await page.getByRole('slider').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await isPlaying(true);
    await marked('.turn-block').waitFor();
    assert.match(await marked('.turn-block').getAttribute('aria-label'), /^Speaker 2, 0:05/);
    assert.match(await marked('tr').textContent(), /^Play Speaker 2, 0:05.*playing/);
    assert.equal(await page.locator('.now-speaking').innerText(), 'Speaker 2 speaks');
    assert.ok((await position()) >= second.startS - 0.1);
    await page.keyboard.press('Space');
    await isPlaying(false);
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await isPlaying(true);
    assert.ok(Math.abs((await position()) - third.startS) < 2);

    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Space');
    await isPlaying(false);
    await page.keyboard.press('Space');
    await isPlaying(true);
    await page.keyboard.press('Space');
    await isPlaying(false);
  }));

  test('the number of speakers can be given, and found out again', onPage(async (page) => {
    await useConversation(page, 'three speakers');
    const choose = async (count, expected) => {
      await page.getByLabel('Number of speakers').selectOption(count);
      await page.getByRole('heading', { name: expected }).waitFor();
      return (await speakers(page)).length;
    };
    assert.equal(await choose('2', 'Divided among 2 speakers, as you asked'), 2);
    assert.equal(await choose('1', 'Taken as one speaker, as you asked'), 1);
    assert.equal(await choose('0', '3 speakers found'), 3);
    await choose('4', 'Divided among 4 speakers, as you asked');
    await page.getByRole('button', { name: 'Remove recording' }).click();
    await useConversation(page, 'two speakers');
    assert.equal(await headline(page), '2 speakers found', 'another recording is asked about anew');
  }));

  test('enrolled people get their names, also when they are enrolled afterwards, and in the files', onPage(async (page) => {
    await useConversation(page, 'two speakers');
    await page.getByText('Nobody is enrolled, so the speakers have numbers').waitFor();
    await enroll(page, 'Ada L', sampleUtterances('Woman, American'));
    await openSpeakers(page);
    await page.getByText('Speaker 1: Accepted as Ada L').waitFor();
    await page.getByText('Not accepted as anybody enrolled').waitFor();
    await page.getByText('A name is a decision, not a fact').waitFor();
    assert.deepEqual(await speakers(page), ['Ada L', 'Speaker 2']);

    const save = async (name) => {
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name }).click();
      const file = await download;
      return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
    };
    const found = await turns(page);
    const rttm = await save('Save as RTTM');
    assert.equal(rttm.name, 'Example with two speakers.rttm');
    const lines = rttm.text.trimEnd().split('\n');
    assert.equal(lines.length, found.length);
    for (const [i, line] of lines.entries()) {
      const fields = line.match(/^SPEAKER Example_with_two_speakers 1 (\d+\.\d{3}) (\d+\.\d{3}) <NA> <NA> (\S+) <NA> <NA>$/);
      assert.ok(fields, line);
      assert.ok(Math.abs(Number(fields[1]) - found[i].startS) <= 0.051, line);
      assert.ok(Math.abs(Number(fields[1]) + Number(fields[2]) - found[i].endS) <= 0.051, line);
      assert.equal(fields[3], found[i].who.replace(' ', '_'));
    }
    const json = JSON.parse((await save('Save as JSON')).text);
    assert.deepEqual(json.speakers.map(({ name }) => name), ['Ada L', 'Speaker 2']);
    assert.deepEqual(json.turns.map(({ speaker }) => speaker), found.map(({ who }) => who));
  }));

  test('without speech there are no turns, and the page says why', onPage(async (page) => {
    await openSpeakers(page);
    await chooseFileHere(page, quiet);
    await untilToldApart(page);
    assert.equal(await headline(page), 'Nobody was found to speak');
    await page.getByText('No speech was found.').waitFor();
    assert.equal(await page.locator('.lane, .turns-table, .speakers-table').count(), 0);
    assert.deepEqual(await axe(page), []);
  }));

  test('a file that is no sound is refused, and a recording that is taken away is asked about no more', onPage(async (page) => {
    await openSpeakers(page);
    await chooseFileHere(page, { name: 'notes.wav', buffer: Buffer.from('not sound') });
    await page.getByRole('alert').waitFor();
    await page.getByRole('button', { name: 'three speakers' }).click();
    await page.locator('[data-diarization=running]').waitFor();
    await page.getByRole('button', { name: 'Remove recording' }).click();
    await useConversation(page, 'two speakers');
    assert.equal(await headline(page), '2 speakers found');
  }));

  for (const colorScheme of ['light', 'dark']) {
    test(`axe finds nothing, ${colorScheme}`, onPageWith({ colorScheme, reducedMotion: 'reduce' }, async (page) => {
      await openSpeakers(page);
      assert.deepEqual(await axe(page), [], 'empty');
      await useConversation(page, 'three speakers');
      assert.deepEqual(await axe(page), [], 'told apart');
      await page.getByRole('button', { name: /^Speaker 3, / }).first().click();
      await page.locator('tr[aria-current=true]').waitFor();
      await page.getByRole('button', { name: 'Pause recording' }).click();
      assert.deepEqual(await axe(page), [], 'played');
      await page.getByRole('button', { name: '中文' }).click();
      assert.deepEqual(await axe(page), [], 'in Chinese');
    }));
  }

  for (const width of [320, 390, 768]) {
    test(`nothing is wider than a screen of ${width} pixels`, onPageWith({ viewport: { width, height: 800 } }, async (page) => {
      const scrollWidth = () => page.evaluate(() => document.documentElement.scrollWidth);
      await openSpeakers(page);
      assert.equal(await scrollWidth(), width, 'empty');
      await enroll(page, 'm'.repeat(80), sampleUtterances('Woman, American'));
      await useConversation(page, 'three speakers');
      await page.getByText('Speaker 1: Accepted as').waitFor();
      assert.equal(await scrollWidth(), width, 'told apart');
      const wider = await page.evaluate(() =>
        [...document.querySelectorAll('main, main *')]
          .filter((element) => !element.closest('.time-axis, .visually-hidden') && element.getBoundingClientRect().right > innerWidth + 1)
          .map(({ className }) => className),
      );
      assert.deepEqual(wider, []);
    }));
  }

  test('everything is said in Chinese too', onPage(async (page) => {
    await useConversation(page, 'two speakers');
    await page.getByRole('button', { name: '中文' }).click();
    await page.getByRole('heading', { level: 1, name: '谁在什么时候说话？' }).waitFor();
    assert.equal(await headline(page), '检出 2 个说话人');
    assert.deepEqual(await speakers(page), ['说话人 1', '说话人 2']);
    const left = await page.evaluate(() => document.body.innerText.match(/[A-Za-z]{3,}/g) ?? []);
    assert.deepEqual(left.filter((word) => !['voiceprint', 'English', 'RTTM', 'JSON'].includes(word)), []);
  }));
});
