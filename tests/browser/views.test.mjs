// The way through the page: views by address, the back button, the language, and what stays as it was meanwhile.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openPage, skip } from './browser.mjs';
import { untilHeading } from './person.mjs';
import { compare, slot, untilModelReady, useSample, verdict } from './slot.mjs';
import { useBrowser } from './suite.mjs';

describe('views', { skip }, () => {
  const suite = useBrowser({ arrange: untilModelReady });
  const { onPage } = suite;

  const heading = (page) => page.getByRole('heading', { level: 1 }).innerText();
  const current = (page) => page.locator('nav [aria-current=page]').innerText();

  test('every view has its own address, title, heading and mark in the navigation', onPage(async (page) => {
    const links = page.getByRole('navigation').getByRole('link');
    const seen = { addresses: new Set(), titles: new Set(), headings: new Set() };
    for (const name of await links.allInnerTexts()) {
      await page.getByRole('navigation').getByRole('link', { name }).click();
      await page.locator('nav [aria-current=page]', { hasText: name }).waitFor();
      assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1, name);
      seen.addresses.add(page.url());
      seen.titles.add(await page.title());
      seen.headings.add(await heading(page));
    }
    for (const [what, values] of Object.entries(seen)) assert.equal(values.size, await links.count(), what);
  }));

  test('the back button goes through the views and leaves the comparison as it was', onPage(async (page) => {
    await useSample(page, 'A', 'Woman, American: Rain');
    await useSample(page, 'B', 'Man, American: Parcel');
    const before = await compare(page);
    await page.getByRole('link', { name: 'About' }).click();
    await untilHeading(page, 'How far can you trust it?');
    assert.match(await page.getByRole('region', { name: 'Where the time goes' }).innerText(), /From call to answer\s.*\t[\d,.]+ ms\t/);
    await page.goBack();
    await untilHeading(page, 'Is it the same voice?');
    assert.deepEqual(await verdict(page), before);
    await page.goForward();
    await untilHeading(page, 'How far can you trust it?');
    await page.reload();
    assert.equal(await current(page), 'About');
  }));

  test('the heading of the new view takes the focus, and the skip link goes there', onPage(async (page) => {
    const focused = () => page.evaluate(() => document.activeElement?.tagName);
    await page.getByRole('link', { name: 'About' }).click();
    await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
    await page.reload();
    await untilModelReady(page);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to the content');
    await page.keyboard.press('Enter');
    assert.equal(await focused(), 'H1');
  }));

  test('an unknown address shows the first view', onPage(async (page) => {
    await page.goto(`${suite.server.url}#/nowhere/at/all`);
    await untilHeading(page, 'Is it the same voice?');
  }));

  test('the language can be switched in the middle of everything, and is remembered', onPage(async (page) => {
    await useSample(page, 'A', 'Woman, American: Rain');
    await useSample(page, 'B', 'Woman, American: Parcel');
    const english = await compare(page);
    await page.getByRole('button', { name: '中文' }).click();
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'zh-Hans');
    assert.equal(await page.title(), '是同一个人的声音吗？ · 声纹');
    const chinese = await verdict(page);
    assert.equal(chinese.score, english.score);
    assert.match(chinese.headline, /同一个人/);
    assert.match(await slot(page, 'A').innerText(), /女声，美式：雨天/);
    const left = await page.evaluate(() => document.body.innerText.match(/[A-Za-z]{3,}/g) ?? []);
    const names = ['voiceprint', 'English', 'dBFS', 'LLR', 'kHz', 'dev', 'trials'];
    assert.deepEqual(left.filter((word) => !names.includes(word)), [], 'English words in the Chinese page');
    await page.reload();
    await page.getByRole('heading', { level: 1, name: '是同一个人的声音吗？' }).waitFor();
    await page.getByRole('button', { name: 'English' }).click();
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
    await untilHeading(page, 'Is it the same voice?');
  }));

  test('a Chinese browser gets Chinese, any other English', async () => {
    for (const [locale, lang] of [
      ['zh-CN', 'zh-Hans'],
      ['zh-TW', 'zh-Hans'],
      ['fr-FR', 'en'],
    ]) {
      const other = await openPage(suite.browser, suite.server.url, { locale });
      assert.equal(await other.page.evaluate(() => document.documentElement.lang), lang, locale);
      await other.close();
    }
  });
});
