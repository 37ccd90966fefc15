// Enrolled people, from the first sentence to the last deleted byte.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { openPage, skip, startBrowser, startServer } from './browser.mjs';
import {
  accepted,
  beginEnrollment,
  chooseFileHere,
  enroll,
  names,
  openVerification,
  quiet,
  sampleUtterances,
  untilHeading,
  useSampleHere,
} from './person.mjs';
import { untilModelReady, verdict } from './slot.mjs';

const VOICES = { Alice: 'Woman, American', Bob: 'Man, American', Callum: 'Robotic, American' };

describe('people', { skip }, () => {
  let browser, server, page, complaints, close;
  before(async () => {
    server = await startServer();
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
  beforeEach(async () => {
    ({ page, complaints, close } = await openPage(browser, server.url));
    await untilModelReady(page);
  });
  afterEach(async () => {
    await close();
    assert.deepEqual(complaints, []);
  });

  const enrollAll = async () => {
    for (const [name, voice] of Object.entries(VOICES)) await enroll(page, name, sampleUtterances(voice));
  };
  const toPeople = async (at = page) => {
    await at.getByRole('link', { name: 'People' }).click();
    await untilHeading(at, 'People whose voice you know');
  };
  const person = (name, at = page) => at.locator(`[data-person="${name}"]`);

  test('three people are enrolled, verified each and cross, and still there after a reload', async () => {
    await enrollAll();
    await page.reload();
    await untilModelReady(page);
    await toPeople();
    await person('Callum').waitFor();
    assert.deepEqual(await names(page), ['Alice', 'Bob', 'Callum']);
    for (const claimed of Object.keys(VOICES)) {
      await openVerification(page, claimed);
      for (const [speaker, voice] of Object.entries(VOICES)) {
        await useSampleHere(page, `${voice}: Parcel`);
        const { decision, score, headline } = await verdict(page);
        assert.equal(decision, speaker === claimed ? 'accept' : 'reject', `${speaker} as ${claimed}: ${score}`);
        assert.match(headline, new RegExp(claimed));
        await page.getByRole('button', { name: 'Remove recording' }).click();
        await page.locator('[data-decision]').waitFor({ state: 'detached' });
      }
    }
  });

  test('the pictures of all pairs tell who is alike, in numbers too', async () => {
    await enroll(page, 'Alice', sampleUtterances(VOICES.Alice));
    await toPeople();
    const voices = page.getByRole('region', { name: 'How well they can be told apart' });
    await voices.getByRole('row', { name: /^Alice/ }).waitFor();
    await enroll(page, 'Callum', sampleUtterances(VOICES.Callum));
    await toPeople();
    await voices.getByRole('row', { name: /^Callum/ }).waitFor();
    const cells = (name) => voices.getByRole('row', { name: new RegExp(`^${name}`) }).getByRole('cell').allInnerTexts();
    const [within, nearest, llr] = await cells('Alice');
    assert.match(within, /^\+/);
    assert.equal(nearest, 'Callum');
    assert.match(llr, /^−/);
    assert.equal((await cells('Callum'))[2], llr);
    await voices.getByRole('img', { name: /Map of the voices of 2 people/ }).waitFor();
    assert.equal(await voices.locator('.voice-mark').count(), 6);
    const matrix = voices.getByRole('img', { name: /All pairs of the 6 enrolled recordings/ });
    await matrix.hover({ position: { x: 3, y: 3 } });
    await voices.getByText('Alice 1, with itself.').waitFor();
    const { width, height } = await matrix.boundingBox();
    await matrix.hover({ position: { x: width - 3, y: height / 4 } });
    await voices.getByText(/Alice 2 and Callum 3: LLR −/).waitFor();
    await page.getByRole('button', { name: 'Delete Alice' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await voices.getByRole('row', { name: /^Alice/ }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Delete Callum' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await voices.waitFor({ state: 'detached' });
  });

  test('choosing somebody else asks again, and the back button returns to the first', async () => {
    await enroll(page, 'Alice', sampleUtterances(VOICES.Alice));
    await enroll(page, 'Bob', sampleUtterances(VOICES.Bob));
    await openVerification(page, 'Alice');
    await useSampleHere(page, 'Woman, American: Parcel');
    assert.equal((await verdict(page)).decision, 'accept');
    await page.getByRole('combobox', { name: /^Person/ }).selectOption('Bob');
    await page.locator('[data-decision=reject]').waitFor();
    await page.goBack();
    await page.locator('[data-decision=accept]').waitFor();
    await untilHeading(page, 'Is it Alice?');
  });

  test('another voice in the middle of an enrollment is refused, with the reason, and the last one can be taken back', async () => {
    await beginEnrollment(page, 'Alice');
    await useSampleHere(page, 'Woman, American: Rain');
    await page.locator('.utterance-accepted').waitFor();
    await useSampleHere(page, 'Man, American: Parcel');
    const alert = page.getByRole('alert');
    await alert.waitFor();
    assert.match(await alert.innerText(), /not used.*does not sound like the person before/s);
    assert.equal(await accepted(page), 1);
    await page.getByRole('button', { name: 'Try again' }).click();
    await useSampleHere(page, 'Woman, American: Parcel');
    await page.locator('.utterance-accepted').nth(1).waitFor();
    await page.getByRole('button', { name: 'Take the last one back' }).click();
    assert.equal(await accepted(page), 1);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await toPeople();
    await page.getByText('Nobody is enrolled yet.').waitFor();
  });

  test('silence is refused with a cure, and nothing can be saved too early', async () => {
    await beginEnrollment(page, 'Alice');
    await chooseFileHere(page, quiet);
    const alert = page.getByRole('alert');
    await alert.waitFor();
    assert.match(await alert.innerText(), /No speech was found.*right microphone/s);
    assert.ok(await page.getByRole('button', { name: 'Save the voiceprint' }).isDisabled());
  });

  test('nothing begins without a name and consent', async () => {
    await toPeople();
    await page.getByRole('link', { name: 'Add a person' }).click();
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.getByText('Enter a name first.').waitFor();
    await page.getByText('Without consent nothing is recorded.').waitFor();
    await page.getByLabel('Name').fill('   ');
    await page.getByLabel('The person who speaks agrees').check();
    await page.getByRole('button', { name: 'Begin' }).click();
    assert.equal(await page.getByRole('button', { name: 'Record', exact: true }).count(), 0);
  });

  test('a name that is enrolled already can be extended or replaced', async () => {
    await enroll(page, 'Alice', sampleUtterances(VOICES.Alice));
    for (const [choice, utterances] of [
      ['Add to the voiceprint', 6],
      ['Replace the voiceprint', 3],
    ]) {
      await toPeople();
      await page.getByRole('link', { name: 'Add a person' }).click();
      await page.getByRole('button', { name: 'Add another person' }).click();
      await page.getByLabel('Name').fill('Alice');
      await page.getByLabel(choice).check();
      await page.getByLabel('The person who speaks agrees').check();
      await page.getByRole('button', { name: 'Begin' }).click();
      for (const [i, sample] of sampleUtterances(VOICES.Alice).entries()) {
        await useSampleHere(page, sample);
        await page.locator('.utterance-accepted').nth(i).waitFor();
      }
      await page.getByRole('button', { name: 'Save the voiceprint' }).click();
      await page.getByText('Alice is enrolled.').waitFor();
      await toPeople();
      await person('Alice').getByText(`${utterances} utterances`).waitFor();
    }
  });

  test('renamed and deleted, after a question', async () => {
    await enroll(page, 'Alice', sampleUtterances(VOICES.Alice));
    await enroll(page, 'Bob', sampleUtterances(VOICES.Bob));
    await toPeople();
    await page.getByRole('button', { name: 'Rename Alice' }).click();
    await page.getByLabel('New name').fill('Bob');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    assert.match(await person('Alice').getByRole('alert').innerText(), /enrolled already/);
    await page.getByLabel('New name').fill('Zoë 张');
    await page.keyboard.press('Enter');
    await person('Zoë 张').waitFor();
    await openVerification(page, 'Zoë 张');
    await toPeople();
    await page.getByRole('button', { name: 'Delete Bob' }).click();
    await page.getByRole('button', { name: 'Keep' }).click();
    assert.deepEqual(await names(page), ['Bob', 'Zoë 张']);
    await page.getByRole('button', { name: 'Delete Bob' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).dblclick();
    await person('Bob').waitFor({ state: 'detached' });
    await page.goto(`${server.url}#/verify/Bob`);
    await page.getByText('Bob is not enrolled here.').waitFor();
  });

  test('copied out under a passphrase, wiped, and brought back', async () => {
    await enroll(page, 'Alice', sampleUtterances(VOICES.Alice));
    await toPeople();
    await page.getByLabel('Passphrase', { exact: true }).fill('correct horse');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save the file' }).click();
    const file = await (await download).path();
    assert.ok(!(await readFile(file)).includes('Alice'), 'the names are encrypted too');
    await page.getByRole('button', { name: 'Delete everything…' }).click();
    await page.getByRole('button', { name: 'Delete everything', exact: true }).click();
    await page.getByText('Everything is deleted.').waitFor();
    await page.getByText('Nobody is enrolled yet.').waitFor();

    const bring = async (passphrase, path) => {
      await page.getByLabel('Its passphrase').fill(passphrase);
      await page.locator('.storage input[type=file]').setInputFiles(path);
    };
    await bring('wrong horse', file);
    assert.match(await page.locator('.storage').getByRole('alert').innerText(), /passphrase does not fit/);
    await bring('correct horse', file);
    await page.getByText('1 voiceprint brought in.').waitFor();
    assert.deepEqual(await names(page), ['Alice']);
    await bring('', { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no voiceprints') });
    assert.match(await page.locator('.storage').getByRole('alert').innerText(), /not a file of voiceprints/);
    await openVerification(page, 'Alice');
    await useSampleHere(page, 'Woman, American: Parcel');
    assert.equal((await verdict(page)).decision, 'accept');
  });

  test('what one tab enrolls and deletes, the other shows', async () => {
    const second = await page.context().newPage();
    await second.goto(`${server.url}#/people`);
    await untilModelReady(second);
    await second.getByText('Nobody is enrolled yet.').waitFor();
    await enroll(page, 'Alice', sampleUtterances(VOICES.Alice));
    await person('Alice', second).waitFor();
    await second.getByRole('button', { name: 'Delete Alice' }).click();
    await second.getByRole('button', { name: 'Delete', exact: true }).click();
    await toPeople();
    await page.getByText('Nobody is enrolled yet.').waitFor();
  });

  test('the language can be switched in the middle of an enrollment', async () => {
    await beginEnrollment(page, 'Alice');
    await useSampleHere(page, 'Woman, American: Rain');
    await page.locator('.utterance-accepted').waitFor();
    await page.getByRole('button', { name: '中文' }).click();
    await untilHeading(page, 'Alice 的声纹');
    assert.equal(await accepted(page), 1);
    await page.getByRole('button', { name: '示例' }).click();
    await page.getByRole('button', { name: '女声，美式：包裹' }).click();
    await page.locator('.utterance-accepted').nth(1).waitFor();
    await page.getByRole('button', { name: 'English' }).click();
    await untilHeading(page, 'Voiceprint of Alice');
    assert.match(await page.locator('.enrollment').innerText(), /1 more sentence,/);
  });

  test('an enrollment survives a look at another view; saving twice saves once', async () => {
    await beginEnrollment(page, 'Alice');
    for (const [i, sample] of sampleUtterances(VOICES.Alice).entries()) {
      await useSampleHere(page, sample);
      await page.locator('.utterance-accepted').nth(i).waitFor();
    }
    await page.getByRole('link', { name: 'About' }).click();
    await page.goBack();
    assert.equal(await accepted(page), 3);
    await page.getByRole('button', { name: 'Save the voiceprint' }).dblclick();
    await page.getByText('Alice is enrolled.').waitFor();
    await toPeople();
    await person('Alice').getByText('3 utterances').waitFor();
    assert.deepEqual(await names(page), ['Alice']);
  });

  /** A page whose storage misbehaves. */
  async function withStorage(initScript, body) {
    const other = await openPage(browser, server.url, { initScript });
    await untilModelReady(other.page);
    await body(other.page);
    await other.close();
    assert.deepEqual(other.complaints, []);
  }

  test('storage full: the page says so, and saving works once there is room', () =>
    withStorage(
      () => {
        const put = IDBObjectStore.prototype.put;
        globalThis.storageIsFull = true;
        IDBObjectStore.prototype.put = function (...values) {
          if (globalThis.storageIsFull) throw new DOMException('no room', 'QuotaExceededError');
          return put.apply(this, values);
        };
      },
      async (at) => {
        await beginEnrollment(at, 'Alice');
        for (const [i, sample] of sampleUtterances(VOICES.Alice).entries()) {
          await useSampleHere(at, sample);
          await at.locator('.utterance-accepted').nth(i).waitFor();
        }
        await at.getByRole('button', { name: 'Save the voiceprint' }).click();
        assert.match(await at.getByRole('alert').innerText(), /no more storage.*Free some space/s);
        await at.evaluate(() => {
          globalThis.storageIsFull = false;
        });
        await at.getByRole('button', { name: 'Save the voiceprint' }).click();
        await at.getByText('Alice is enrolled.').waitFor();
      },
    ));

  test('no storage: the page says that it forgets, and works until the tab is closed', () =>
    withStorage(
      () => {
        Object.defineProperty(globalThis, 'indexedDB', { value: undefined });
      },
      async (at) => {
        await enroll(at, 'Alice', sampleUtterances(VOICES.Alice));
        await toPeople(at);
        await at.getByText('This browser keeps nothing for this page').waitFor();
        await openVerification(at, 'Alice');
        await useSampleHere(at, 'Woman, American: Parcel');
        assert.equal((await verdict(at)).decision, 'accept');
      },
    ));
});
