// Real recordings through the page: decisions that are mostly right, and the same scores as the command line gives.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { openPage, repository } from './browser.mjs';
import { chooseFile, compare, untilReady } from './slot.mjs';
import { readUtterances, skip, speech, untrained, wavOf } from './speech.mjs';
import { useBrowser } from './suite.mjs';

const run = promisify(execFile);
const LISTS = ['common-voice', 'speechocean762-adults'];
const PAIRS_PER_LIST_AND_KIND = 8;

/** Evenly spread over each list: as many pairs of one speaker as of two, of files of at least three seconds. */
async function choosePairs() {
  const utterances = await readUtterances();
  const secondsOf = new Map(utterances.map(({ path, seconds }) => [path, seconds]));
  const pairs = [];
  for (const list of LISTS) {
    const trials = (await readFile(`${speech}/dev/trials/${list}.txt`, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    for (const kind of ['1', '0']) {
      const usable = trials.filter(([label, a, b]) => label === kind && secondsOf.get(a) >= 3 && secondsOf.get(b) >= 3);
      for (let i = 0; i < PAIRS_PER_LIST_AND_KIND; i++) {
        const [, a, b] = usable[Math.floor(((i + 0.5) * usable.length) / PAIRS_PER_LIST_AND_KIND)];
        pairs.push({ sameSpeaker: kind === '1', a, b });
      }
    }
  }
  return pairs;
}

describe('real voices', { skip }, () => {
  const outcomes = [];
  const suite = useBrowser();
  let page, complaints;

  async function compareInPage(a, b) {
    for (const [letter, file] of [
      ['A', a],
      ['B', b],
    ]) {
      const remove = page.getByRole('button', { name: `Remove recording ${letter}` });
      if (await remove.isVisible()) await remove.click();
      await chooseFile(page, letter, file);
      await untilReady(page, letter);
    }
    return compare(page);
  }

  before(async () => {
    ({ page, complaints } = await openPage(suite.browser, suite.server.url));
    for (const pair of await choosePairs()) {
      const [a, b] = [await wavOf(pair.a, suite.folder), await wavOf(pair.b, suite.folder)];
      outcomes.push({ ...pair, wavs: [a, b], ...(await compareInPage(a, b)) });
    }
  });

  test('nothing was complained about', () => assert.deepEqual(complaints, []));

  test('one speaker is mostly accepted, two are mostly rejected', { skip: untrained }, (t) => {
    const count = (sameSpeaker, decision) =>
      outcomes.filter((one) => one.sameSpeaker === sameSpeaker && one.decision === decision).length;
    const half = outcomes.length / 2;
    const [accepted, rejected] = [count(true, 'accept'), count(false, 'reject')];
    t.diagnostic(
      `of ${half} pairs each: one speaker accepted ${accepted}, rejected ${count(true, 'reject')}; two speakers rejected ${rejected}, accepted ${count(false, 'accept')}`,
    );
    assert.ok(accepted >= 0.6 * half, `${accepted} of ${half} accepted`);
    assert.ok(rejected >= 0.75 * half, `${rejected} of ${half} rejected`);
  });

  test('the command line gives the same scores and decisions', async () => {
    const cli = `${repository}/npm/dist/cli/main.js`;
    for (const { wavs, score, decision } of outcomes.filter((_, i) => i % 4 === 0)) {
      const { stdout } = await run(process.execPath, [cli, 'compare', ...wavs, '--json']).catch((error) => {
        // 1 and 2 are the exit statuses of reject and inconclusive.
        if (error.code === 1 || error.code === 2) return error;
        throw error;
      });
      const printed = JSON.parse(stdout);
      assert.equal(printed.decision, decision);
      if (score === null) assert.equal(printed.score, null);
      else assert.ok(Math.abs(printed.score - score) < 1e-4, `${printed.score} against ${score}`);
    }
  });

  test('the browser reads Opus itself, with nearly the same score', async () => {
    const { a, b, score } = outcomes.find((one) => one.score !== null);
    const opus = await compareInPage(join(speech, a), join(speech, b));
    assert.ok(Math.abs(opus.score - score) < 0.05, `${opus.score} against ${score}`);
  });
});
