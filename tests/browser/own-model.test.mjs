// A model that the user brings: used when it is right, refused with the field and the cure when it is not.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
import { repository, skip } from './browser.mjs';
import { beginEnrollment, enroll, sampleUtterances, useSampleHere } from './person.mjs';
import { compare, untilModelReady, useSample } from './slot.mjs';
import { useBrowser } from './suite.mjs';

const folder = `${repository}/npm/dist/models/voiceprint-small`;

describe('own model', { skip }, () => {
  const { onPageWith } = useBrowser({ arrange: untilModelReady });
  const atAbout = { path: '#/about' };
  let manifest, onnx, cohort;
  before(async () => {
    manifest = JSON.parse(await readFile(`${folder}/manifest.json`, 'utf8'));
    onnx = await readFile(`${folder}/model.onnx`);
    cohort = await readFile(`${folder}/cohort.bin`);
  });

  const panel = (page) => page.getByRole('region', { name: 'Your own model' });
  const bring = (page, ...files) => panel(page).locator('input[type=file]').setInputFiles(files);
  const json = (value) => ({
    name: 'manifest.json',
    mimeType: 'application/json',
    buffer: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  });
  const network = (buffer = onnx) => ({ name: 'model.onnx', mimeType: 'application/octet-stream', buffer });
  const strangers = () => ({ name: 'cohort.bin', mimeType: 'application/octet-stream', buffer: cohort });
  const refusal = async (page) => {
    const alert = panel(page).getByRole('alert');
    await alert.waitFor();
    return alert.innerText();
  };

  test('takes the place of the bundled one, compares, and gives it back', onPageWith(atAbout, async (page) => {
    await bring(page, json({ ...manifest, name: 'my-voices', version: '7.1' }), network(), strangers());
    await panel(page).getByText('my-voices is in use').waitFor();
    assert.match(await page.getByRole('region', { name: 'The model in use' }).innerText(), /my-voices 7\.1/);
    await page.getByRole('link', { name: 'Compare' }).click();
    await useSample(page, 'A', 'Woman, American: Rain');
    await useSample(page, 'B', 'Woman, American: Parcel');
    const own = await compare(page);
    await page.getByRole('link', { name: 'About' }).click();
    await panel(page).getByRole('button', { name: 'Back to the bundled model' }).click();
    await page.getByRole('region', { name: 'The model in use' }).getByText('voiceprint-small').waitFor();
    await page.getByRole('link', { name: 'Compare' }).click();
    assert.equal(await page.locator('[data-decision]').count(), 0, 'a verdict goes with its model');
    assert.equal((await compare(page)).score, own.score);
  }));

  const wrong = [
    ['one file alone', () => [network()], /Two files are needed/],
    ['a manifest that is no JSON', () => [json('{"schema": '), network()], /cannot be read as JSON/],
    ['a field of the wrong kind', () => [json({ ...manifest, licence: 7 }), network()], /licence/],
    ['another version', () => [json({ ...manifest, schema: 'voiceprint-manifest/9' }), network()], /another version/],
    ['a network that was cut', () => [json(manifest), network(onnx.subarray(0, 5000)), strangers()], /not the one .* describes/],
  ];
  for (const [name, files, words] of wrong) {
    test(`${name} is refused, and the bundled model stays`, onPageWith(atAbout, async (page) => {
      await bring(page, ...files());
      assert.match(await refusal(page), words);
      await page.getByRole('link', { name: 'Compare' }).click();
      await useSample(page, 'A', 'Woman, American: Rain');
      await page.getByRole('link', { name: 'About' }).click();
      await bring(page, json(manifest), network(), strangers());
      await panel(page).getByText('voiceprint-small is in use').waitFor();
    }));
  }

  test('one that is dropped while the first model is loading is not taken', onPageWith(atAbout, async (page) => {
    let letThrough;
    const gate = new Promise((resolve) => {
      letThrough = resolve;
    });
    await page.route(/\.onnx$/, async (route) => {
      await gate;
      await route.continue();
    });
    await page.reload();
    await page.locator('[data-engine=loading]').waitFor();
    const parts = [JSON.stringify({ ...manifest, name: 'my-voices' }), onnx, cohort].map((part) => Buffer.from(part).toString('base64'));
    const transfer = await page.evaluateHandle((all) => {
      const data = new DataTransfer();
      for (const [i, name] of ['manifest.json', 'model.onnx', 'cohort.bin'].entries())
        data.items.add(new File([Uint8Array.from(atob(all[i]), (character) => character.charCodeAt(0))], name));
      return data;
    }, parts);
    await panel(page).dispatchEvent('drop', { dataTransfer: transfer });
    letThrough();
    await untilModelReady(page);
    await page.getByRole('region', { name: 'The model in use' }).getByText('voiceprint-small').waitFor();
    assert.equal(await panel(page).getByText('is in use').count(), 0);
    await panel(page).dispatchEvent('drop', { dataTransfer: transfer });
    await panel(page).getByText('my-voices is in use').waitFor();
  }));

  test('an enrollment ends with its model, and says so', onPageWith(atAbout, async (page) => {
    await beginEnrollment(page, 'Alice');
    await useSampleHere(page, 'Woman, American: Rain');
    await page.locator('.utterance-accepted').waitFor();
    await page.getByRole('link', { name: 'About' }).click();
    await bring(page, json({ ...manifest, name: 'my-voices' }), network(), strangers());
    await panel(page).getByText('my-voices is in use').waitFor();
    await page.getByRole('link', { name: 'People' }).click();
    await page.getByRole('link', { name: 'Add a person' }).click();
    assert.match(await page.getByRole('alert').innerText(), /model was changed.*begin again/s);
    await enroll(page, 'Alice', sampleUtterances('Woman, American'));
  }));
});
