// Galleries: enrollment, verification, identification and what is kept, the same through every store.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { encryptedStore, fileStore, memoryStore, Voiceprint } from '../../npm/dist/index.node.js';
import { noise, readWav16, rejectsWith, root, speechFile, temporaryFolder, untimed } from './support.mjs';

const folder = temporaryFolder();
const sample = (voice, text) => join(root, 'web', 'samples', `${voice}-${text}.wav`);
const voices = { Ada: 'flite-slt', Bob: 'flite-rms', Zoë: 'espeak-en-gb' };
const ofAda = speechFile; // the voice of flite-slt, other words
const silence = { samples: noise(32000, 1e-5), sampleRateHz: 16000 };

let voiceprint;
before(async () => {
  voiceprint = await Voiceprint.load();
});
after(() => voiceprint.dispose());

async function enroll(gallery, name, voice, options = {}) {
  const session = gallery.enroll(name, { targetUtterances: 2, ...options });
  for (const text of ['rain', 'parcel']) assert.equal((await session.add(sample(voice, text))).accepted, true);
  return session.save();
}

async function filled(options) {
  const gallery = await voiceprint.openGallery(options);
  for (const [name, voice] of Object.entries(voices)) await enroll(gallery, name, voice);
  return gallery;
}

const namesIn = async (gallery) => (await gallery.list()).map(({ name }) => name);

describe('enrollment', () => {
  it('rises to 100 by utterances or by net speech, and only then saves', async () => {
    const gallery = await voiceprint.openGallery();
    const session = gallery.enroll('Ada');
    assert.deepEqual([session.progress, session.isComplete, session.numUtterances], [0, false, 0]);
    const step = await session.add(sample('flite-slt', 'rain'));
    assert.deepEqual([step.accepted, step.reasons, step.consistencyLlr], [true, [], null]);
    assert.ok(Math.abs(step.progress - 100 / 3) < 1e-9);
    await rejectsWith(session.save(), 'enrollment_incomplete', /33 %/);
    await session.add(sample('flite-slt', 'parcel'));
    const last = await session.add(ofAda);
    assert.ok(last.consistencyLlr > 0);
    assert.deepEqual([last.progress, session.isComplete], [100, true]);
    const saved = await session.save();
    assert.deepEqual([saved.name, saved.numEmbeddings, saved.numAdapted], ['Ada', 3, 0]);
    assert.ok(Math.abs(saved.netSpeechS - session.netSpeechS) < 1e-4);
    assert.ok(Math.abs(Date.now() - saved.createdAt) < 60_000 && saved.updatedAt >= saved.createdAt);
    assert.deepEqual(await gallery.list(), [saved]);

    const bySpeech = gallery.enroll('Bob', { targetSpeechS: 7, targetUtterances: 100 });
    await bySpeech.add(sample('flite-rms', 'rain'));
    assert.ok(bySpeech.progress > 50 && bySpeech.progress < 70, `${bySpeech.progress}`);
    await bySpeech.add(sample('flite-rms', 'parcel'));
    assert.equal(bySpeech.progress, 100);
  });

  it('does not accept what is poor or of another speaker, and says why', async () => {
    const session = (await voiceprint.openGallery()).enroll('Ada');
    const silent = await session.add(silence);
    assert.equal(silent.accepted, false);
    assert.ok(silent.reasons.includes('no_speech'), `${silent.reasons}`);
    await session.add(sample('flite-slt', 'rain'));
    const stranger = await session.add(sample('espeak-en-gb', 'parcel'));
    assert.deepEqual([stranger.accepted, stranger.reasons], [false, ['different_speaker']]);
    assert.ok(stranger.consistencyLlr < 0);
    assert.equal(session.numUtterances, 1);
    const unchecked = (await voiceprint.openGallery()).enroll('both', { checkSpeaker: false });
    await unchecked.add(sample('flite-slt', 'rain'));
    assert.equal((await unchecked.add(sample('espeak-en-gb', 'parcel'))).accepted, true);
  });

  it('can be taken back, cancelled and aborted', async () => {
    const gallery = await voiceprint.openGallery();
    const session = gallery.enroll('Ada', { targetUtterances: 1 });
    await session.add(sample('flite-slt', 'rain'));
    session.undo();
    assert.equal(session.progress, 0);
    await rejectsWith(session.add(ofAda, { signal: AbortSignal.abort() }), 'aborted');
    session.cancel();
    await rejectsWith(session.add(ofAda), 'disposed', /cancelled/);
    await rejectsWith(session.save(), 'disposed');
    assert.deepEqual(await gallery.list(), []);
  });

  it('refuses, extends or replaces a name that is there', async () => {
    const gallery = await filled();
    await rejectsWith(gallery.enroll('Ada').add(ofAda), 'already_enrolled', /Ada/);
    const extending = gallery.enroll('Ada', { existing: 'extend', targetUtterances: 1 });
    await extending.add(ofAda);
    assert.equal((await extending.save()).numEmbeddings, 3);
    for (const call of [() => extending.save(), () => extending.add(ofAda)]) await rejectsWith(call(), 'disposed', /was saved/);
    assert.equal((await gallery.list()).find(({ name }) => name === 'Ada').numEmbeddings, 3);
    const replacing = gallery.enroll('Ada', { existing: 'replace', targetUtterances: 1 });
    await replacing.add(ofAda);
    assert.equal((await replacing.save()).numEmbeddings, 1);
    // Two sessions at once: the one that saves second is refused, and may be saved nowhere.
    const [first, second] = [gallery.enroll('new', { targetUtterances: 1 }), gallery.enroll('new', { targetUtterances: 1 })];
    await first.add(ofAda);
    await second.add(ofAda);
    await first.save();
    for (let i = 0; i < 2; i++) await rejectsWith(second.save(), 'already_enrolled');
  });

  it('does not add another speaker to a voiceprint that is extended', async () => {
    const gallery = await filled();
    const extending = gallery.enroll('Ada', { existing: 'extend', targetUtterances: 1 });
    assert.deepEqual((await extending.add(sample('espeak-en-gb', 'parcel'))).reasons, ['different_speaker']);
    assert.equal((await extending.add(ofAda)).accepted, true);
  });

  it('refuses bad names and targets', async () => {
    const gallery = await voiceprint.openGallery();
    for (const name of ['', 'a\nb', '\u0085', 'x'.repeat(256), '\ud800', 5, null]) {
      assert.throws(() => gallery.enroll(name), { code: 'invalid_argument' }, String(name));
    }
    for (const options of [{ targetSpeechS: 0 }, { targetUtterances: -1 }, { targetSpeechS: Number.NaN }]) {
      assert.throws(() => gallery.enroll('Ada', options), { code: 'invalid_argument' });
    }
  });
});

describe('verify', () => {
  it('with a voiceprint of one recording gives what compare gives', async () => {
    const gallery = await voiceprint.openGallery();
    const session = gallery.enroll('Ada', { targetUtterances: 1 });
    await session.add(sample('flite-slt', 'rain'));
    await session.save();
    for (const recording of [ofAda, sample('flite-rms', 'rain')]) {
      const { quality, ...expected } = await voiceprint.compare(sample('flite-slt', 'rain'), recording);
      const { name, quality: own, ...actual } = await gallery.verify('Ada', recording);
      assert.ok(Math.abs(actual.score - expected.score) < 1e-6);
      assert.ok(Math.abs(actual.llr - expected.llr) < 1e-4);
      assert.deepEqual([name, own, actual.decision, actual.threshold], ['Ada', quality[1], expected.decision, expected.threshold]);
    }
  });

  it('accepts the speaker, rejects others, and never guesses', async () => {
    const gallery = await filled();
    assert.equal((await gallery.verify('Ada', ofAda)).decision, 'accept');
    assert.equal((await gallery.verify('Zoë', ofAda)).decision, 'reject');
    const unheard = await gallery.verify('Ada', silence);
    assert.deepEqual([unheard.decision, unheard.score, unheard.quality.ok], ['inconclusive', null, false]);
    await rejectsWith(gallery.verify('nobody', ofAda), 'not_enrolled', /nobody/);
  });

  it('takes operating point, prior, signal and an embedding that was made before', async () => {
    const gallery = await filled();
    const points = voiceprint.model.operatingPoints;
    const strictest = Math.min(...points.map((point) => point.targetFalseAlarmRate));
    const embedding = await voiceprint.embed(ofAda);
    const strict = await gallery.verify('Ada', embedding, { targetFalseAlarmRate: strictest, pTarget: 0.01 });
    assert.equal(strict.threshold.targetFalseAlarmRate, strictest);
    assert.equal(strict.pTarget, 0.01);
    assert.equal(strict.score, (await gallery.verify('Ada', ofAda)).score);
    await rejectsWith(gallery.verify('Ada', embedding, { targetFalseAlarmRate: 2 }), 'invalid_argument');
    await rejectsWith(gallery.verify('Ada', ofAda, { signal: AbortSignal.abort() }), 'aborted');
    await rejectsWith(gallery.verify('Ada', { ...embedding, modelSha256: '0'.repeat(64) }), 'gallery_model');
  });
});

describe('identify', () => {
  it('ranks as verify scores, and names the best or nobody', async () => {
    const gallery = await filled();
    const { match, decision, candidates, margin, numVoiceprints, searchFalseAlarmRate, threshold } = await gallery.identify(ofAda);
    assert.deepEqual([match, decision, numVoiceprints], ['Ada', 'accept', 3]);
    assert.equal(candidates.length, 3);
    for (const { name, score, llr, probability } of candidates) {
      const verified = await gallery.verify(name, ofAda);
      assert.deepEqual([score, llr, probability], [verified.score, verified.llr, verified.probability]);
    }
    assert.deepEqual(candidates.map(({ score }) => score), candidates.map(({ score }) => score).toSorted((a, b) => b - a));
    assert.ok(Math.abs(margin - (candidates[0].llr - candidates[1].llr)) < 1e-12);
    assert.ok(Math.abs(searchFalseAlarmRate - (1 - (1 - threshold.measuredFalseAlarmRate) ** 3)) < 1e-12);

    await gallery.remove('Ada');
    const stranger = await gallery.identify(ofAda, { targetFalseAlarmRate: 0.01 });
    assert.deepEqual([stranger.match, stranger.decision, stranger.candidates.length], [null, 'reject', 2]);
  });

  it('gives so many candidates as asked, and the margin always', async () => {
    const gallery = await filled();
    const { candidates, margin } = await gallery.identify(ofAda, { top: 1 });
    assert.equal(candidates.length, 1);
    assert.ok(margin > 0);
    for (const top of [0, -1, 1.5]) await rejectsWith(gallery.identify(ofAda, { top }), 'invalid_argument', /top/);
  });

  it('finds nobody in an empty gallery, and guesses nothing of silence', async () => {
    const empty = await (await voiceprint.openGallery()).identify(ofAda);
    assert.deepEqual([empty.match, empty.decision, empty.candidates, empty.margin, empty.searchFalseAlarmRate], [null, 'reject', [], null, 0]);
    const silent = await (await filled()).identify(silence);
    assert.deepEqual([silent.match, silent.decision, silent.candidates], [null, 'inconclusive', []]);
  });

  it('and verify take many at once; one that fails does not stop the others', async () => {
    const gallery = await filled();
    const fractions = [];
    const onProgress = (fraction) => fractions.push(fraction);
    const identified = await gallery.identifyBatch([ofAda, join(folder, 'nowhere.wav'), sample('flite-rms', 'rain')], { onProgress });
    assert.deepEqual(identified.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled']);
    assert.deepEqual([identified[0].value.match, identified[1].reason.code, identified[2].value.match], ['Ada', 'io', 'Bob']);
    assert.equal(fractions.at(-1), 1);
    assert.deepEqual(fractions, fractions.toSorted((a, b) => a - b));
    const verified = await gallery.verifyBatch([{ name: 'Ada', recording: ofAda }, { name: 'nobody', recording: ofAda }]);
    assert.deepEqual([verified[0].value.decision, verified[1].reason.code], ['accept', 'not_enrolled']);
    const abort = new AbortController();
    const aborted = gallery.identifyBatch([ofAda, ofAda, ofAda], { signal: abort.signal, onProgress: () => abort.abort() });
    await rejectsWith(aborted, 'aborted');
  });
});

describe('a gallery', () => {
  it('adapts only to what it accepts, and keeps the latest eight', async () => {
    const gallery = await filled();
    const refused = await gallery.adapt('Zoë', ofAda);
    assert.deepEqual([refused.adapted, refused.verification.decision], [false, 'reject']);
    for (let i = 0; i < 10; i++) assert.equal((await gallery.adapt('Ada', ofAda)).adapted, true);
    const [ada, , zoë] = await gallery.list();
    assert.deepEqual([ada.numEmbeddings, ada.numAdapted, zoë.numAdapted], [10, 8, 0]);
    await rejectsWith(gallery.adapt('nobody', ofAda), 'not_enrolled');
  });

  it('renames and removes', async () => {
    const gallery = await filled();
    const { score } = await gallery.verify('Ada', ofAda);
    await gallery.rename('Ada', 'Augusta');
    assert.equal((await gallery.verify('Augusta', ofAda)).score, score);
    await rejectsWith(gallery.verify('Ada', ofAda), 'not_enrolled');
    await rejectsWith(gallery.rename('Ada', 'x'), 'not_enrolled');
    await rejectsWith(gallery.rename('Augusta', 'Bob'), 'already_enrolled');
    await rejectsWith(gallery.rename('Augusta', ''), 'invalid_argument');
    await gallery.remove('Augusta');
    await rejectsWith(gallery.remove('Augusta'), 'not_enrolled');
    assert.deepEqual(await namesIn(gallery), ['Bob', 'Zoë']);
    await gallery.clear();
    assert.deepEqual(await gallery.list(), []);
  });

  it('exports, imports and merges, whole or in part, by every policy', async () => {
    const gallery = await filled();
    const whole = await gallery.export();
    const copy = await voiceprint.openGallery();
    assert.deepEqual(await copy.import(whole), ['Ada', 'Bob', 'Zoë']);
    assert.deepEqual(await copy.export(), whole);
    await rejectsWith(copy.import(whole), 'already_enrolled');
    assert.deepEqual(await copy.export(), whole, 'a refused import changes nothing');
    await copy.import(new Blob([whole]), { onConflict: 'combine' });
    assert.deepEqual(await copy.export(), whole, 'what is there already is not added twice');
    await copy.import(whole.buffer, { onConflict: 'replace' });
    await copy.import(whole, { onConflict: 'keep' });
    assert.deepEqual(await copy.export(), whole);

    const other = await voiceprint.openGallery();
    await other.import(await gallery.export(['Bob', 'Ada']));
    assert.deepEqual(await namesIn(other), ['Ada', 'Bob']);
    await rejectsWith(gallery.export(['nobody']), 'not_enrolled');
    await enroll(other, 'Carol', 'flite-awb');
    assert.deepEqual(await gallery.merge(other, { onConflict: 'keep' }), ['Ada', 'Bob', 'Carol']);
    assert.equal((await gallery.list()).length, 4);
  });

  it('of int8 is a quarter of the size and scores alike', async () => {
    const [exact, coded] = [await filled(), await filled({ precision: 'int8' })];
    const [a, b] = [await exact.identify(ofAda), await coded.identify(ofAda)];
    a.candidates.forEach(({ name, score }, i) => {
      assert.equal(b.candidates[i].name, name);
      assert.ok(Math.abs(b.candidates[i].score - score) < 5e-3);
    });
    assert.ok((await coded.export()).length < 0.35 * (await exact.export()).length);
    await rejectsWith(voiceprint.openGallery({ precision: 'int4' }), 'invalid_argument', /precision/);
  });

  it('refuses foreign, damaged, cut, newer and other models’ files, when it is opened and when it imports', async () => {
    const good = await (await filled()).export();
    const changed = (change) => {
      const file = good.slice();
      change(file);
      return file;
    };
    const files = {
      foreign: [new TextEncoder().encode('This is a text, renamed.'), 'gallery_corrupt'],
      empty: [new Uint8Array(), 'gallery_corrupt'],
      damaged: [changed((file) => (file[300] ^= 4)), 'gallery_corrupt'],
      cut: [good.slice(0, -100), 'gallery_corrupt'],
      newer: [changed((file) => (file[8] = 2)), 'gallery_version'],
    };
    const target = await filled();
    for (const [name, [file, code]] of Object.entries(files)) {
      const path = join(folder, `${name}.voiceprints`);
      writeFileSync(path, file);
      await rejectsWith(voiceprint.openGallery({ store: fileStore(path) }), code);
      await rejectsWith(target.import(file), code);
      assert.deepEqual(new Uint8Array(readFileSync(path)), file, 'what cannot be read is left alone');
    }
    assert.equal((await target.list()).length, 3);
  });

  it('of another model is refused by name', async () => {
    const { Core } = await import('../../npm/dist/core/module.js');
    const { CoreGallery } = await import('../../npm/dist/core/gallery.js');
    const core = await Core.instantiate(new Uint8Array(readFileSync(join(root, 'npm', 'dist', 'voiceprint.wasm'))));
    const other = CoreGallery.create(core, { sha256: 'ab'.repeat(32), name: 'other 1.0' }, 192, 'float32').serialise();
    const gallery = await filled();
    await rejectsWith(gallery.import(other), 'gallery_model', /other 1\.0.*abababababab/);
    assert.equal((await gallery.list()).length, 3);
  });

  it('sees what another one of the same store changed', async () => {
    const store = memoryStore();
    const [one, two] = [await voiceprint.openGallery({ store }), await voiceprint.openGallery({ store })];
    await enroll(one, 'Ada', voices.Ada);
    assert.equal((await two.identify(ofAda)).match, 'Ada');
    await Promise.all([enroll(one, 'Bob', voices.Bob), enroll(two, 'Zoë', voices.Zoë)]);
    assert.deepEqual(await namesIn(one), ['Ada', 'Bob', 'Zoë']);
    await one.remove('Ada');
    assert.equal((await two.identify(ofAda, { targetFalseAlarmRate: 0.01 })).match, null);
  });

  it('gives the same without a worker', async () => {
    const local = await Voiceprint.load({ worker: false });
    const gallery = await filled();
    const copy = await local.openGallery();
    await copy.import(await gallery.export());
    assert.deepEqual(untimed(await copy.identify(ofAda)), untimed(await gallery.identify(ofAda)));
    await local.dispose();
  });

  it('outlives its worker', async () => {
    const host = await Voiceprint.load({ timeoutMs: 20_000 });
    const gallery = await host.openGallery();
    await gallery.import(await (await filled()).export());
    assert.equal((await gallery.identify(ofAda)).match, 'Ada');
    // A worker whose memory ran out is replaced, and its successor holds nothing.
    const hostOf = Object.values(host).find((value) => typeof value?.replaceWorker === 'function');
    hostOf.replaceWorker(new Error('killed'));
    assert.equal((await gallery.identify(ofAda)).match, 'Ada');
    await host.dispose();
    await rejectsWith(gallery.identify(ofAda), 'disposed');
  });

  it('closes: later calls are refused, the store keeps the voiceprints', async () => {
    const store = memoryStore();
    const gallery = await filled({ store });
    await gallery.close();
    await gallery.close();
    for (const call of [() => gallery.list(), () => gallery.identify(ofAda), () => gallery.remove('Ada'), () => gallery.clear()]) {
      await rejectsWith(call(), 'disposed', /closed/);
    }
    assert.throws(() => gallery.enroll('x'), { code: 'disposed' });
    assert.equal((await (await voiceprint.openGallery({ store })).list()).length, 3);
  });

  it('passes on what a store of one’s own throws, and keeps what was there', async () => {
    const inner = memoryStore();
    let isFull = false;
    const store = { ...inner, update: (change) => (isFull ? Promise.reject(new Error('full')) : inner.update(change)) };
    const gallery = await filled({ store });
    isFull = true;
    await assert.rejects(gallery.remove('Ada'), /full/);
    isFull = false;
    assert.equal((await gallery.list()).length, 3);
  });
});

describe('the encrypted file store', () => {
  const path = join(folder, 'secret.voiceprints');
  const open = (key, file = path) => voiceprint.openGallery({ store: encryptedStore(fileStore(file), key) });
  const quick = { passphrase: 'open sesame', iterations: 1000 };

  it('keeps the gallery, and shows nothing of it', async () => {
    const gallery = await open(quick);
    await enroll(gallery, 'Ada Lovelace', voices.Ada);
    const bytes = readFileSync(path);
    assert.equal(bytes.includes('Ada Lovelace'), false);
    assert.equal(bytes.includes('voiceprint-small'), false);
    assert.equal((await (await open(quick)).identify(ofAda)).match, 'Ada Lovelace');
    await gallery.rename('Ada Lovelace', 'Ada Lovelace');
    assert.notDeepEqual(readFileSync(path).subarray(36, 48), bytes.subarray(36, 48), 'a nonce is used once');
  });

  it('refuses a wrong passphrase, a key instead, none, and every damage', async () => {
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    await rejectsWith(open({ passphrase: 'open sesami', iterations: 1000 }), 'wrong_key', /passphrase/);
    await rejectsWith(open({ key }), 'wrong_key', /passphrase/);
    await rejectsWith(voiceprint.openGallery({ store: fileStore(path) }), 'wrong_key', /encryptedStore/);
    const good = readFileSync(path);
    const damaged = join(folder, 'damaged.voiceprints');
    for (const [at, code] of [[3, 'gallery_corrupt'], [8, 'gallery_version'], [12, 'gallery_corrupt'], [19, 'gallery_corrupt'], [16, 'wrong_key'], [25, 'wrong_key'], [40, 'wrong_key'], [100, 'wrong_key']]) {
      const bytes = Buffer.from(good);
      bytes[at] ^= 0x42;
      writeFileSync(damaged, bytes);
      await rejectsWith(open(quick, damaged), code);
    }
    writeFileSync(damaged, good.subarray(0, 50));
    await rejectsWith(open(quick, damaged), 'gallery_corrupt');
    const plain = join(folder, 'plain.voiceprints');
    await enroll(await voiceprint.openGallery({ store: fileStore(plain) }), 'Ada', voices.Ada);
    await rejectsWith(open(quick, plain), 'gallery_corrupt', /without a key/);
  });

  it('takes a key that cannot be extracted, and refuses useless ones', async () => {
    const file = join(folder, 'key.voiceprints');
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    await enroll(await open({ key }, file), 'Ada', voices.Ada);
    assert.equal((await (await open({ key }, file)).list()).length, 1);
    await rejectsWith(open(quick, file), 'wrong_key', /a key/);
    const hmac = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    for (const bad of [{ passphrase: '' }, { passphrase: 'x', iterations: 0 }, { passphrase: 'x', iterations: 1e9 }, { key: hmac }]) {
      assert.throws(() => encryptedStore(memoryStore(), bad), { code: 'invalid_argument' });
    }
  });
});

describe('removal', () => {
  it('leaves no byte of a voiceprint in the file', async () => {
    const path = join(folder, 'removal.voiceprints');
    const gallery = await filled({ store: fileStore(path) });
    const embedding = Buffer.from((await gallery.export(['Bob'])).buffer).subarray(160, 400);
    assert.ok(readFileSync(path).includes(embedding) && readFileSync(path).includes('Bob\0'));
    await gallery.remove('Bob');
    assert.equal(readFileSync(path).includes(embedding) || readFileSync(path).includes('Bob\0'), false);
    await gallery.clear();
    assert.equal(existsSync(path), false);
  });
});

it('the stores of browsers are there in Node by name, and say that they cannot be used', async () => {
  const { indexedDbStore, deviceKey } = await import('../../npm/dist/index.node.js');
  await rejectsWith(voiceprint.openGallery({ store: indexedDbStore() }), 'storage_unavailable', /fileStore/);
  await rejectsWith(deviceKey(), 'storage_unavailable');
});
