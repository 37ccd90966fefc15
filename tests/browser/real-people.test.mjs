// Three real people enrolled through the page, each then verified as himself and as the others.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { openPage } from './browser.mjs';
import { accepted, beginEnrollment, chooseFileHere, openVerification } from './person.mjs';
import { untilModelReady, verdict } from './slot.mjs';
import { readUtterances, skip, untrained, wavOf } from './speech.mjs';
import { useBrowser } from './suite.mjs';

const PEOPLE = ['Ada', 'Ben', 'Cleo'];
/** Of each person: the first are kept for verification. */
const RECORDINGS = 8;
const PROBES = 2;

describe('real people', { skip: skip || untrained }, () => {
  const suite = useBrowser();
  let page, complaints;
  const recordings = {};

  /** Evenly spread over the adults of the dev set that have enough sentences of three seconds. */
  async function chooseSpeakers() {
    const bySpeaker = new Map();
    for (const { path, speaker, seconds, corpus, age_group } of await readUtterances()) {
      if (corpus !== 'speechocean762' || age_group === 'child' || seconds < 3) continue;
      bySpeaker.set(speaker, [...(bySpeaker.get(speaker) ?? []), path]);
    }
    const usable = [...bySpeaker.values()].filter((paths) => paths.length >= RECORDINGS);
    return PEOPLE.map((_, i) => usable[Math.floor(((i + 0.5) * usable.length) / PEOPLE.length)].slice(0, RECORDINGS));
  }

  before(async () => {
    ({ page, complaints } = await openPage(suite.browser, suite.server.url));
    await untilModelReady(page);
    for (const [i, paths] of (await chooseSpeakers()).entries()) {
      recordings[PEOPLE[i]] = await Promise.all(paths.map((path) => wavOf(path, suite.folder)));
    }
  });

  test('are enrolled', async (t) => {
    const refusals = [];
    for (const name of PEOPLE) {
      await beginEnrollment(page, name);
      const save = page.getByRole('button', { name: 'Save the voiceprint' });
      for (const wav of recordings[name].slice(PROBES)) {
        if (await save.isEnabled()) break;
        const before = await accepted(page);
        await chooseFileHere(page, wav);
        const again = page.getByRole('button', { name: 'Try again' });
        await again.or(page.locator('.utterance-accepted').nth(before)).first().waitFor();
        if (!(await again.isVisible())) continue;
        refusals.push((await page.getByRole('alert').innerText()).split('\n').filter(Boolean)[1]);
        await again.click();
      }
      await save.click();
      await page.getByText(`${name} is enrolled.`).waitFor();
    }
    t.diagnostic(`refused on the way: ${refusals.join(' | ') || 'nothing'}`);
  });

  test('are mostly accepted as themselves and rejected as others', async (t) => {
    const outcomes = [];
    for (const claimed of PEOPLE) {
      await openVerification(page, claimed);
      for (const speaker of PEOPLE) {
        for (const wav of recordings[speaker].slice(0, PROBES)) {
          await chooseFileHere(page, wav);
          outcomes.push({ same: speaker === claimed, ...(await verdict(page)) });
          await page.getByRole('button', { name: 'Remove recording' }).click();
          await page.locator('[data-decision]').waitFor({ state: 'detached' });
        }
      }
    }
    const right = (same) =>
      outcomes.filter((one) => one.same === same && one.decision === (same ? 'accept' : 'reject')).length;
    t.diagnostic(`${right(true)} of 6 accepted as themselves, ${right(false)} of 12 rejected as others`);
    assert.ok(right(true) >= 4 && right(false) >= 10);
    assert.deepEqual(complaints, []);
  });
});
