// The larger model, where the page was built with it: fetched when chosen, kept for the next visit, its people apart from the others.
import assert from 'node:assert/strict';
import { access, readdir } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { dist, repository, skip as skipBrowser } from './browser.mjs';
import { enroll, names, sampleUtterances } from './person.mjs';
import { untilModelReady } from './slot.mjs';
import { useBrowser } from './suite.mjs';

const isBuilt = await access(`${repository}/npm/base/dist/manifest.json`).then(
  () => true,
  () => false,
);
const skip = skipBrowser || (!isBuilt && 'the page was built without the larger model');

describe('the larger model', { skip }, () => {
  const suite = useBrowser({ arrange: untilModelReady });

  test('is fetched when it is chosen, has people of its own, and is there at the next visit', suite.onPage(async (page) => {
    await enroll(page, 'Alice', sampleUtterances('Woman, American'));
    await page.getByRole('link', { name: 'About' }).click();
    const choice = page.getByRole('group', { name: 'Which model?' });
    const manifests = (await readdir(`${dist}/assets`)).filter((file) => /^manifest-.*\.json$/.test(file));
    const fetched = () => manifests.filter((file) => suite.server.requests.includes(`/assets/${file}`)).length;
    assert.equal(fetched(), 1, 'only the manifest of the small model');
    assert.match(await choice.innerText(), /Small .*MB.*Base .*MB/s);
    await choice.getByRole('radio', { name: /^Small/ }).press('ArrowDown');
    await page.locator('[data-chosen=base]').waitFor();
    assert.ok(await choice.getByRole('radio', { name: /^Base/ }).evaluate((radio) => radio === document.activeElement), 'the focus stays');
    await page.getByRole('region', { name: 'The model in use' }).getByText('voiceprint-base').waitFor();
    assert.equal(fetched(), 2);
    await page.getByRole('link', { name: 'People' }).click();
    await page.getByText('Nobody is enrolled with the model in use.').waitFor();
    await page.getByText('There are also voiceprints of 1 other model').waitFor();
    await page.reload();
    await untilModelReady(page);
    await page.getByRole('link', { name: 'About' }).click();
    await page.getByRole('region', { name: 'The model in use' }).getByText('voiceprint-base').waitFor();
    await choice.getByRole('radio', { name: /^Small/ }).check();
    await page.locator('[data-chosen=small]').waitFor();
    await page.getByRole('link', { name: 'People' }).click();
    await page.locator('[data-person=Alice]').waitFor();
    assert.deepEqual(await names(page), ['Alice']);
  }));
});
