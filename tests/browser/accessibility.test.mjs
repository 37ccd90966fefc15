// Keyboard, screen reader, contrast and narrow screens.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { axe } from './axe.mjs';
import { skip } from './browser.mjs';
import {
  beginEnrollment,
  chooseFileHere,
  enroll,
  openVerification,
  quiet,
  sampleUtterances,
  useSampleHere,
} from './person.mjs';
import { chooseFile, compare, refusal, untilModelReady, useSample, verdict } from './slot.mjs';
import { useBrowser } from './suite.mjs';

describe('accessibility', { skip }, () => {
  const suite = useBrowser({ arrange: untilModelReady });
  const { onPage, onPageWith } = suite;

  for (const colorScheme of ['light', 'dark']) {
    test(`axe finds nothing in any state, ${colorScheme}`, onPageWith({ colorScheme, reducedMotion: 'reduce' }, async (page) => {
      assert.deepEqual(await axe(page), [], 'empty');
      await page.getByRole('button', { name: 'Samples for A' }).click();
      assert.deepEqual(await axe(page), [], 'samples');
      await chooseFile(page, 'B', { name: 'notes.wav', buffer: Buffer.from('not sound') });
      await refusal(page, 'B');
      assert.deepEqual(await axe(page), [], 'refused');
      await page.getByRole('button', { name: 'Man, American: Rain', exact: true }).click();
      await useSample(page, 'B', 'Woman, American: Parcel');
      await compare(page);
      assert.deepEqual(await axe(page), [], 'verdict');
      await page.getByRole('button', { name: '中文' }).click();
      assert.deepEqual(await axe(page), [], 'verdict in Chinese');
      await page.goto(`${suite.server.url}#/about`);
      await page.getByRole('heading', { level: 1, name: '它有多可信？' }).waitFor();
      assert.deepEqual(await axe(page), [], 'about in Chinese');
      await page.getByRole('button', { name: 'English' }).click();
      assert.deepEqual(await axe(page), [], 'about');
      await page.getByRole('link', { name: 'People' }).click();
      await page.getByText('Nobody is enrolled yet.').waitFor();
      assert.deepEqual(await axe(page), [], 'nobody');
      await page.getByRole('link', { name: 'Add a person' }).click();
      await page.getByRole('button', { name: 'Begin' }).click();
      assert.deepEqual(await axe(page), [], 'enrollment form');
      await enroll(page, 'Alice', sampleUtterances('Woman, American'));
      assert.deepEqual(await axe(page), [], 'enrolled');
      await beginEnrollment(page, 'Bob');
      await useSampleHere(page, 'Man, American: Rain');
      await page.locator('.utterance-accepted').waitFor();
      await chooseFileHere(page, quiet);
      await page.getByRole('alert').waitFor();
      assert.deepEqual(await axe(page), [], 'utterance refused');
      await openVerification(page, 'Alice');
      await useSampleHere(page, 'Woman, American: Parcel');
      await verdict(page);
      assert.deepEqual(await axe(page), [], 'verified');
      await page.getByRole('link', { name: 'People' }).click();
      await page.getByRole('button', { name: 'Delete Alice' }).click();
      await page.getByRole('button', { name: 'Delete everything…' }).click();
      assert.deepEqual(await axe(page), [], 'people, asked');
      await page.getByRole('button', { name: 'Keep' }).first().click();
      await page.getByRole('button', { name: 'Rename Alice' }).click();
      assert.deepEqual(await axe(page), [], 'people, renaming');
      await page.getByRole('link', { name: 'Live' }).click();
      assert.deepEqual(await axe(page), [], 'live, off');
      await page.getByRole('button', { name: 'Start listening' }).click();
      await page.getByRole('alert').waitFor();
      assert.deepEqual(await axe(page), [], 'live, refused');
    }));
  }

  for (const width of [360, 768, 1440]) {
    test(`nothing is wider than a screen of ${width} pixels`, onPageWith({ viewport: { width, height: 800 } }, async (page) => {
      const scrollWidth = () => page.evaluate(() => document.documentElement.scrollWidth);
      assert.equal(await scrollWidth(), width, 'empty');
      await page.getByRole('button', { name: 'Samples for A' }).click();
      assert.equal(await scrollWidth(), width, 'samples');
      await page.getByRole('button', { name: 'Man, American: Rain', exact: true }).click();
      await useSample(page, 'B', 'Woman, American: Parcel');
      await compare(page);
      assert.equal(await scrollWidth(), width, 'verdict');
      await page.getByRole('link', { name: 'About' }).click();
      await page.getByRole('heading', { level: 1, name: 'How far can you trust it?' }).waitFor();
      assert.equal(await scrollWidth(), width, 'about');
      await enroll(page, 'Alice', sampleUtterances('Woman, American'));
      assert.equal(await scrollWidth(), width, 'enrolled');
      await openVerification(page, 'Alice');
      await useSampleHere(page, 'Woman, American: Parcel');
      await verdict(page);
      assert.equal(await scrollWidth(), width, 'verified');
      await page.getByRole('link', { name: 'People' }).click();
      await page.getByRole('button', { name: 'Rename Alice' }).click();
      assert.equal(await scrollWidth(), width, 'people');
      await beginEnrollment(page, 'Bob');
      assert.equal(await scrollWidth(), width, 'enrolling');
      await page.getByRole('link', { name: 'Live' }).click();
      assert.equal(await scrollWidth(), width, 'live');
    }));
  }

  test('from the address bar to the verdict by keyboard alone', onPage(async (page) => {
    const focused = () =>
      page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent);
    /** Presses Tab until the element of this name has the focus. */
    async function tabTo(name) {
      for (let presses = 0; presses < 40; presses++) {
        await page.keyboard.press('Tab');
        const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
        assert.notEqual(outline, 'none', `no visible focus on ${await focused()}`);
        if ((await focused()) === name) return;
      }
      assert.fail(`${name} cannot be reached by Tab`);
    }
    await tabTo('Samples for A');
    await page.keyboard.press('Enter');
    await tabTo('Woman, American: Rain');
    await page.keyboard.press('Space');
    await page.locator('[data-slot=A][data-state=ready]').waitFor();
    await tabTo('Samples for B');
    await page.keyboard.press('Enter');
    await tabTo('Man, American: Parcel');
    await page.keyboard.press('Enter');
    await page.locator('[data-slot=B][data-state=ready]').waitFor();
    await tabTo('Compare the two voices');
    await page.keyboard.press('Enter');
    const { headline } = await verdict(page);
    const announcement = page.locator('#announcement');
    assert.equal(await announcement.getAttribute('aria-live'), 'polite');
    assert.ok((await announcement.innerText()).startsWith(headline));
  }));

  test('names of 80 letters widen no view', onPageWith({ viewport: { width: 320, height: 700 } }, async (page) => {
    const narrow = async (view) => {
      const wider = await page.evaluate(() =>
        [...document.querySelectorAll('main, main *')]
          .filter((element) => !element.closest('svg, .visually-hidden') && element.getBoundingClientRect().right > innerWidth + 1)
          .map(({ className }) => className),
      );
      assert.deepEqual(wider, [], view);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320, view);
    };
    for (const [letter, voice] of [
      ['m', 'Woman, American'],
      ['W', 'Man, American'],
    ]) {
      await enroll(page, letter.repeat(80), sampleUtterances(voice));
      await narrow('saved');
    }
    await page.getByRole('link', { name: /^Try it/ }).click();
    await useSampleHere(page, 'Man, American: Parcel');
    await verdict(page);
    await narrow('verify');
    await page.getByRole('link', { name: 'People' }).click();
    await page.locator('.voice-map').waitFor();
    await narrow('people');
    await page.getByRole('button', { name: /^Delete m/ }).click();
    await page.getByRole('button', { name: /^Rename W/ }).click();
    await narrow('questions');
    await page.getByRole('link', { name: 'Add a person' }).click();
    await page.getByLabel('Name', { exact: true }).fill('m'.repeat(80));
    await narrow('form');
  }));

  test('on a phone the bar of tabs hides nothing that has the focus', onPageWith({ viewport: { width: 390, height: 700 }, reducedMotion: 'reduce' }, async (page) => {
    await useSample(page, 'A', 'Woman, American: Rain');
    await useSample(page, 'B', 'Man, American: Parcel');
    await compare(page);
    await page.evaluate(() => document.querySelector('h1').focus());
    const seen = [];
    for (;;) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate(() => {
        const { activeElement: element } = document;
        if (!element.closest('main')) return null;
        const bar = document.querySelector('nav.views').getBoundingClientRect();
        return { name: element.getAttribute('aria-label') ?? element.textContent, hidden: element.getBoundingClientRect().bottom - bar.top };
      });
      if (focused === null) break;
      seen.push(focused);
    }
    assert.deepEqual(seen.filter(({ hidden }) => hidden > 0), []);
    assert.ok(seen.length >= 8, `${seen.length} controls`);
  }));

  test('by keyboard, nothing that is done to people loses the focus', onPage(async (page) => {
    const press = async (name) => {
      await page.getByRole('button', { name, exact: true }).focus();
      await page.keyboard.press('Enter');
    };
    const focusIsIn = (selector) =>
      page.waitForFunction((wanted) => document.activeElement?.closest(wanted), selector, { timeout: 10_000 });
    await page.getByRole('link', { name: 'People' }).click();
    await page.getByRole('link', { name: 'Add a person' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Alice');
    await page.getByLabel('The person who speaks agrees').check();
    await press('Begin');
    await page.locator('.enrollment').waitFor();
    await focusIsIn('main');
    await press('Cancel');
    await page.getByRole('button', { name: 'Begin' }).waitFor();
    await focusIsIn('main');
    await enroll(page, 'Alice', sampleUtterances('Woman, American'));
    await focusIsIn('.saved a');
    await press('中文');
    await focusIsIn('.language-button');
    await press('English');
    await enroll(page, 'Bob', sampleUtterances('Man, American'));
    await openVerification(page, 'Alice');
    await page.getByRole('combobox', { name: /^Person/ }).press('ArrowDown');
    await page.getByRole('heading', { level: 1, name: 'Is it Bob?' }).waitFor();
    await focusIsIn('select');
    await page.getByRole('link', { name: 'People' }).click();
    await press('Delete Alice');
    await press('Keep');
    await focusIsIn('[data-person=Alice]');
    await press('Rename Alice');
    await page.getByLabel('New name').fill('Ada');
    await page.keyboard.press('Enter');
    await page.getByText('Renamed to Ada.').waitFor();
    await focusIsIn('main');
    await press('Delete Ada');
    await press('Delete');
    await page.getByText('Ada is deleted.').waitFor();
    await focusIsIn('main');
    await press('Delete everything…');
    await press('Keep');
    await focusIsIn('.storage-part');
  }));

  test('the focus never falls out of a slot that changes its content', onPage(async (page) => {
    const focusIsIn = (letter) =>
      page.evaluate((name) => !!document.activeElement?.closest(`[data-slot=${name}]`), letter);
    await useSample(page, 'A', 'Woman, American: Rain');
    assert.ok(await focusIsIn('A'), 'after a sample was chosen');
    await page.getByRole('button', { name: 'Remove recording A' }).click();
    assert.ok(await focusIsIn('A'), 'after it was removed');
  }));

  test('the colours follow the button and are remembered', onPageWith({ colorScheme: 'light' }, async (page) => {
    const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await background();
    const button = page.getByRole('button', { name: /^Colours:/ });
    await button.click();
    assert.equal(await background(), light);
    await button.click();
    const dark = await background();
    assert.notEqual(dark, light);
    await page.reload();
    await button.waitFor();
    assert.equal(await background(), dark);
  }));
});
