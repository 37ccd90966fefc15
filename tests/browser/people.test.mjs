// Enrolled people, from the first sentence to the last deleted byte.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { skip } from './browser.mjs';
import {
  accepted,
  beginEnrollment,
  chooseFileHere,
  enroll,
  names,
  openVerification,
  quiet,
  sampleUtterances,
  speak,
  untilHeading,
  useSampleHere,
} from './person.mjs';
import { untilModelReady, verdict } from './slot.mjs';
import { useBrowser } from './suite.mjs';

const VOICES = { Alice: 'Woman, American', Bob: 'Man, American', Callum: 'Robotic, American' };

describe('people', { skip }, () => {
  const suite = useBrowser({ arrange: untilModelReady });
  const { onPage, onPageWith } = suite;

  const enrollAll = async (page) => {
    for (const [name, voice] of Object.entries(VOICES)) await enroll(page, name, sampleUtterances(voice));
  };
  const toPeople = async (page) => {
    await page.getByRole('link', { name: 'People' }).click();
    await untilHeading(page, 'People whose voice you know');
  };
  const person = (page, name) => page.locator(`[data-person="${name}"]`);

  test('three people are enrolled, verified each and cross, and still there after a reload', onPage(async (page) => {
    await enrollAll(page);
    await page.reload();
    await untilModelReady(page);
    await toPeople(page);
    await person(page, 'Callum').waitFor();
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
  }));

  test('the pictures of all pairs tell who is alike, in numbers too', onPage(async (page) => {
    await enroll(page, 'Alice', sampleUtterances(VOICES.Alice));
    await toPeople(page);
    const voices = page.getByRole('region', { name: 'How well they can be told apart' });
    await voices.getByRole('row', { name: /^Alice/ }).waitFor();
    await enroll(page, 'Callum', sampleUtterances(VOICES.Callum));
    await toPeople(page);
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
  }));

  test('choosing somebody else asks again, and the back button returns to the first', onPage(async (page) => {
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
  }));

  test('another voice in the middle of an enrollment is refused, with the reason, and the last one can be taken back', onPage(async (page) => {
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
    await toPeople(page);
    await page.getByText('Nobody is enrolled yet.').waitFor();
  }));

  test('a recording that was accepted already is refused: it tells nothing new', onPage(async (page) => {
    await beginEnrollment(page, 'Alice');
    await useSampleHere(page, 'Woman, American: Rain');
    await page.locator('.utterance-accepted').waitFor();
    await useSampleHere(page, 'Woman, American: Rain');
    const alert = page.getByRole('alert');
    await alert.waitFor();
    assert.match(await alert.innerText(), /not used.*accepted already.*another sentence/s);
    assert.equal(await accepted(page), 1);
    await page.getByRole('button', { name: 'Try again' }).click();
    await useSampleHere(page, 'Woman, American: Parcel');
    await page.locator('.utterance-accepted').nth(1).waitFor();
  }));

  test('a name that another tab enrolls meanwhile: another name, or the two joined, and nothing is lost', onPage(async (page) => {
    const second = await page.context().newPage();
    await second.goto(suite.server.url);
    await untilModelReady(second);
    await beginEnrollment(page, 'Bob');
    await speak(page, sampleUtterances(VOICES.Bob));
    await enroll(second, 'Bob', sampleUtterances(VOICES.Bob));
    await page.getByRole('button', { name: 'Save the voiceprint' }).click();
    await page.getByText('Bob was enrolled elsewhere meanwhile.').waitFor();
    await page.getByLabel('Add to the voiceprint').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('Bob the second');
    await page.getByRole('button', { name: 'Go on like this' }).click();
    await page.getByText('Bob the second is enrolled.').waitFor();

    await beginEnrollment(page, 'Callum');
    await speak(page, sampleUtterances(VOICES.Callum));
    await enroll(second, 'Callum', sampleUtterances(VOICES.Callum));
    await page.getByRole('button', { name: 'Save the voiceprint' }).click();
    await page.getByLabel('Add to the voiceprint').check();
    await page.getByRole('button', { name: 'Go on like this' }).click();
    await page.getByText('Callum is enrolled.').waitFor();
    await toPeople(page);
    await person(page, 'Callum').getByText('6 utterances').waitFor();
    await person(page, 'Bob the second').getByText('3 utterances').waitFor();
  }));

  test('a name that another tab enrolls before the first sentence: another name, and the sentence counts', onPage(async (page) => {
    const second = await page.context().newPage();
    await second.goto(suite.server.url);
    await untilModelReady(second);
    await beginEnrollment(page, 'Alice');
    await enroll(second, 'Alice', sampleUtterances(VOICES.Alice));
    await useSampleHere(page, 'Woman, American: Rain');
    await page.getByText('Alice was enrolled elsewhere meanwhile.').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('Ada');
    await page.getByRole('button', { name: 'Go on like this' }).click();
    await untilHeading(page, 'Voiceprint of Ada');
    await page.locator('.utterance-accepted').waitFor();
  }));

  test('reloading asks first while an enrollment holds utterances', onPage(async (page) => {
    const asked = [];
    page.on('dialog', (dialog) => {
      asked.push(dialog.type());
      void dialog.accept();
    });
    await beginEnrollment(page, 'Alice');
    await page.reload();
    await untilModelReady(page);
    assert.deepEqual(asked, [], 'there is nothing to lose yet');
    await beginEnrollment(page, 'Alice');
    await useSampleHere(page, 'Woman, American: Rain');
    await page.locator('.utterance-accepted').waitFor();
    await page.reload();
    await untilModelReady(page);
    assert.deepEqual(asked, ['beforeunload']);
  }));

  test('who comes back after an enrollment finds the form', onPage(async (page) => {
    await enroll(page, 'Alice', sampleUtterances(VOICES.Alice));
    await toPeople(page);
    await page.getByRole('link', { name: 'Add a person' }).click();
    await page.getByRole('button', { name: 'Begin' }).waitFor();
    assert.equal(await page.getByText('Alice is enrolled.').count(), 0);
  }));

  test('damaged voiceprints: the page says so, and deletes them', onPage(async (page) => {
    await enroll(page, 'Alice', sampleUtterances(VOICES.Alice));
    await page.evaluate(async () => {
      const answer = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
      const [{ name }] = await indexedDB.databases();
      const database = await answer(indexedDB.open(name));
      await answer(database.transaction('bytes', 'readwrite').objectStore('bytes').put(new Uint8Array(100), 'gallery'));
      database.close();
    });
    await page.reload();
    await untilModelReady(page);
    await toPeople(page);
    assert.match(await page.getByRole('alert').innerText(), /stored in this browser are damaged.*Delete everything/s);
    await page.getByRole('button', { name: 'Delete everything…' }).click();
    await page.getByRole('button', { name: 'Delete everything', exact: true }).click();
    await page.getByText('Everything is deleted.').waitFor();
    await page.getByText('Nobody is enrolled yet.').waitFor();
    await enroll(page, 'Alice', sampleUtterances(VOICES.Alice));
  }));

  test('silence is refused with a cure, and nothing can be saved too early', onPage(async (page) => {
    await beginEnrollment(page, 'Alice');
    await chooseFileHere(page, quiet);
    const alert = page.getByRole('alert');
    await alert.waitFor();
    assert.match(await alert.innerText(), /No speech was found.*right microphone/s);
    assert.ok(await page.getByRole('button', { name: 'Save the voiceprint' }).isDisabled());
  }));

  test('nothing begins without a name and consent', onPage(async (page) => {
    await toPeople(page);
    await page.getByRole('link', { name: 'Add a person' }).click();
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.getByText('Enter a name first.').waitFor();
    await page.getByText('Without consent nothing is recorded.').waitFor();
    await page.getByLabel('Name').fill('   ');
    await page.getByLabel('The person who speaks agrees').check();
    await page.getByRole('button', { name: 'Begin' }).click();
    assert.equal(await page.getByRole('button', { name: 'Record', exact: true }).count(), 0);
  }));

  test('a name that is enrolled already can be extended or replaced', onPage(async (page) => {
    await enroll(page, 'Alice', sampleUtterances(VOICES.Alice));
    for (const [choice, utterances] of [
      ['Add to the voiceprint', 6],
      ['Replace the voiceprint', 3],
    ]) {
      await toPeople(page);
      await page.getByRole('link', { name: 'Add a person' }).click();
      await page.getByLabel('Name').fill('Alice');
      await page.getByLabel(choice).check();
      await page.getByLabel('The person who speaks agrees').check();
      await page.getByRole('button', { name: 'Begin' }).click();
      await speak(page, sampleUtterances(VOICES.Alice));
      await page.getByRole('button', { name: 'Save the voiceprint' }).click();
      await page.getByText('Alice is enrolled.').waitFor();
      await toPeople(page);
      await person(page, 'Alice').getByText(`${utterances} utterances`).waitFor();
    }
  }));

  test('renamed and deleted, after a question', onPage(async (page) => {
    await enroll(page, 'Alice', sampleUtterances(VOICES.Alice));
    await enroll(page, 'Bob', sampleUtterances(VOICES.Bob));
    await toPeople(page);
    await page.getByRole('button', { name: 'Rename Alice' }).click();
    await page.getByLabel('New name').fill('Bob');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    assert.match(await person(page, 'Alice').getByRole('alert').innerText(), /enrolled already.*another name\.$/s);
    await page.getByLabel('New name').fill('Zoë 张');
    await page.keyboard.press('Enter');
    await person(page, 'Zoë 张').waitFor();
    await page.getByRole('status').getByText('Renamed to Zoë 张.').waitFor();
    await openVerification(page, 'Zoë 张');
    await toPeople(page);
    await page.getByRole('button', { name: 'Delete Bob' }).click();
    await page.getByRole('button', { name: 'Keep' }).click();
    assert.deepEqual(await names(page), ['Bob', 'Zoë 张']);
    await page.getByRole('button', { name: 'Delete Bob' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).dblclick();
    await person(page, 'Bob').waitFor({ state: 'detached' });
    await page.getByRole('status').getByText('Bob is deleted.').waitFor();
    await page.goto(`${suite.server.url}#/verify/Bob`);
    await page.getByText('Bob is not enrolled here.').waitFor();
  }));

  test('copied out under a passphrase, wiped, and brought back', onPage(async (page) => {
    await enroll(page, 'Alice', sampleUtterances(VOICES.Alice));
    await toPeople(page);
    await page.getByLabel('Passphrase', { exact: true }).fill('correct horse');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save the file' }).click();
    const file = await (await download).path();
    assert.ok(!(await readFile(file)).includes('Alice'), 'the names are encrypted too');
    await page.getByRole('button', { name: 'Delete everything…' }).click();
    await page.getByRole('button', { name: 'Delete everything', exact: true }).click();
    await page.getByText('Everything is deleted.').waitFor();
    await page.getByText('Nobody is enrolled yet.').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Save the file' }).count(), 0, 'there is nothing to copy out');

    const bring = async (passphrase, path) => {
      await page.getByLabel('Its passphrase').fill(passphrase);
      await page.locator('.storage input[type=file]').setInputFiles(path);
    };
    await bring('wrong horse', file);
    assert.match(await page.locator('.storage').getByRole('alert').innerText(), /passphrase does not fit/);
    await bring('correct horse', file);
    await page.getByText('1 voiceprint brought in.').waitFor();
    assert.deepEqual(await names(page), ['Alice']);
    await bring('correct horse', file);
    await page.getByText('0 voiceprints brought in. 1 voiceprint kept as it was.').waitFor();
    await bring('', { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no voiceprints') });
    assert.match(await page.locator('.storage').getByRole('alert').innerText(), /not a file of voiceprints/);
    await openVerification(page, 'Alice');
    await useSampleHere(page, 'Woman, American: Parcel');
    assert.equal((await verdict(page)).decision, 'accept');
  }));

  test('what one tab enrolls and deletes, the other shows', onPage(async (page) => {
    const second = await page.context().newPage();
    await second.goto(`${suite.server.url}#/people`);
    await untilModelReady(second);
    await second.getByText('Nobody is enrolled yet.').waitFor();
    await enroll(page, 'Alice', sampleUtterances(VOICES.Alice));
    await person(second, 'Alice').waitFor();
    await second.getByRole('button', { name: 'Delete Alice' }).click();
    await second.getByRole('button', { name: 'Delete', exact: true }).click();
    await toPeople(page);
    await page.getByText('Nobody is enrolled yet.').waitFor();
  }));

  test('the language can be switched in the middle of an enrollment', onPage(async (page) => {
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
  }));

  test('an enrollment survives a look at another view; saving twice saves once', onPage(async (page) => {
    await beginEnrollment(page, 'Alice');
    await speak(page, sampleUtterances(VOICES.Alice));
    await page.getByRole('link', { name: 'About' }).click();
    await page.goBack();
    assert.equal(await accepted(page), 3);
    await page.getByRole('button', { name: 'Save the voiceprint' }).dblclick();
    await page.getByText('Alice is enrolled.').waitFor();
    await toPeople(page);
    await person(page, 'Alice').getByText('3 utterances').waitFor();
    assert.deepEqual(await names(page), ['Alice']);
  }));

  const fullStorage = () => {
    const put = IDBObjectStore.prototype.put;
    globalThis.storageIsFull = true;
    IDBObjectStore.prototype.put = function (...values) {
      if (globalThis.storageIsFull) throw new DOMException('no room', 'QuotaExceededError');
      return put.apply(this, values);
    };
  };

  test('storage full: the page says so, and saving works once there is room', onPageWith({ initScript: fullStorage }, async (page) => {
    await beginEnrollment(page, 'Alice');
    await speak(page, sampleUtterances(VOICES.Alice));
    await page.getByRole('button', { name: 'Save the voiceprint' }).click();
    assert.match(await page.getByRole('alert').innerText(), /no more storage.*Free some space/s);
    await page.evaluate(() => {
      globalThis.storageIsFull = false;
    });
    await page.getByRole('button', { name: 'Save the voiceprint' }).click();
    await page.getByText('Alice is enrolled.').waitFor();
  }));

  const noStorage = () => Object.defineProperty(globalThis, 'indexedDB', { value: undefined });

  test('no storage: the page says that it forgets, and works until the tab is closed', onPageWith({ initScript: noStorage }, async (page) => {
    await enroll(page, 'Alice', sampleUtterances(VOICES.Alice));
    await toPeople(page);
    await page.getByText('This browser keeps nothing for this page').waitFor();
    await openVerification(page, 'Alice');
    await useSampleHere(page, 'Woman, American: Parcel');
    assert.equal((await verdict(page)).decision, 'accept');
  }));
});
