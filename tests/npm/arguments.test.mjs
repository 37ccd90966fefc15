// What callers hand in that is not what is asked for: told by name, and never given to the core.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { encryptedStore, memoryStore, Voiceprint } from '../../npm/dist/index.node.js';
import { dist, noise, otherSpeechFile, rejectsWith, speechFile } from './support.mjs';

for (const worker of [true, false]) {
  describe(`embeddings from outside, ${worker ? 'in a worker' : 'on the calling thread'}`, () => {
    let voiceprint;
    let gallery;
    let embedding;
    let other;
    before(async () => {
      voiceprint = await Voiceprint.load({ worker });
      gallery = await voiceprint.openGallery();
      embedding = await voiceprint.embed(speechFile);
      other = await voiceprint.embed(otherSpeechFile);
      const session = gallery.enroll('Ada', { targetUtterances: 1 });
      await session.add(embedding);
      await session.save();
    });
    after(() => voiceprint.dispose());

    /** Every call that takes an embedding. */
    const calls = {
      verify: (probe) => gallery.verify('Ada', probe),
      identify: (probe) => gallery.identify(probe),
      adapt: (probe) => gallery.adapt('Ada', probe),
      enroll: (probe) => gallery.enroll('Bob').add(probe),
      'compare, first': (probe) => voiceprint.compare(probe, other),
      'compare, second': (probe) => voiceprint.compare(other, probe),
      similarity: (probe) => voiceprint.similarity([other, probe]),
    };

    it('may come by way of JSON', async () => {
      const { vector, quality, modelSha256 } = embedding;
      const read = JSON.parse(JSON.stringify({ vector: Array.from(vector), quality, modelSha256 }));
      const { timing, ...expected } = await voiceprint.compare(embedding, other);
      const { timing: own, ...compared } = await voiceprint.compare(read, other);
      assert.deepEqual(compared, expected);
      assert.deepEqual(await voiceprint.similarity([read, other]), await voiceprint.similarity([embedding, other]));
      assert.equal((await gallery.identify(read)).match, 'Ada');
      assert.equal((await gallery.verify('Ada', read)).decision, 'accept');
      assert.equal((await gallery.enroll('Bob').add(read)).accepted, true);
    });

    const broken = {
      'half a vector': [({ vector }) => ({ vector: vector.slice(0, vector.length / 2) }), /128 values.*256/],
      'an array that is too short': [() => ({ vector: [1] }), /1 values/],
      'an array of words': [({ vector }) => ({ vector: Array.from(vector, String) }), /no finite number/],
      'a value that is no number': [({ vector }) => ({ vector: vector.map((value, i) => (i === 7 ? Number.NaN : value)) }), /no finite number/],
      'another array': [({ vector }) => ({ vector: Float64Array.from(vector) }), /Float32Array/],
      'no vector': [() => ({ vector: undefined }), /Float32Array/],
      'no quality': [() => ({ quality: undefined }), /quality\.netSpeechS/],
      'a quality without its SNR': [({ quality }) => ({ quality: { ...quality, snrDb: null } }), /quality\.snrDb/],
    };
    for (const [what, [change, pattern]] of Object.entries(broken)) {
      it(`with ${what} are refused by every call`, async () => {
        for (const [name, call] of Object.entries(calls)) {
          await rejectsWith(call({ ...embedding, ...change(embedding) }), 'invalid_argument', pattern).catch((error) => {
            throw new Error(`${name}: ${error.message}`);
          });
        }
        assert.equal((await gallery.identify(embedding)).match, 'Ada', 'the next call works');
      });
    }
  });
}

describe('what is none', () => {
  let voiceprint;
  let gallery;
  before(async () => {
    voiceprint = await Voiceprint.load({ worker: false });
    gallery = await voiceprint.openGallery();
    const session = gallery.enroll('Ada', { targetUtterances: 1 });
    await session.add(speechFile);
    await session.save();
  });
  after(() => voiceprint.dispose());

  it('recording, embedding or list of them is refused', async () => {
    for (const none of [null, undefined, 5]) {
      await rejectsWith(gallery.verify('Ada', none), 'invalid_argument', /recording/);
      await rejectsWith(gallery.identify(none), 'invalid_argument', /recording/);
      await rejectsWith(voiceprint.compare(none, speechFile), 'invalid_argument', /recording/);
      await rejectsWith(voiceprint.similarity(none), 'invalid_argument', /array/);
      await rejectsWith(voiceprint.similarity([none]), 'invalid_argument', /Embedding 0/);
    }
  });

  it('store, model or options is refused', async () => {
    for (const store of [null, {}, { read: async () => null }, 'gallery.voiceprints']) {
      await rejectsWith(voiceprint.openGallery({ store }), 'invalid_argument', /store must be/);
    }
    await rejectsWith(voiceprint.openGallery(null), 'invalid_argument', /options of openGallery/);
    await rejectsWith(Voiceprint.load(null), 'invalid_argument', /options of load/);
    await rejectsWith(Voiceprint.load({ model: null }), 'invalid_argument', /model must be/);
    await rejectsWith(Voiceprint.load({ model: 5 }), 'invalid_argument', /model must be/);
  });

  it('key for both ways is refused', async () => {
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['decrypt']);
    assert.throws(() => encryptedStore(memoryStore(), { key }), { code: 'invalid_argument', message: /'encrypt' and 'decrypt'/ });
    assert.throws(() => encryptedStore(memoryStore(), { key: null }), { code: 'invalid_argument' });
    assert.throws(() => encryptedStore(memoryStore(), null), { code: 'invalid_argument' });
  });
});

for (const worker of [true, false]) {
  it(`onProgress that throws ends its own call, ${worker ? 'in a worker' : 'on the calling thread'}`, async () => {
    const own = new Error('no room for a bar');
    const onProgress = () => {
      throw own;
    };
    await rejectsWith(Voiceprint.load({ worker, onProgress }), 'invalid_argument', /onProgress .*no room/);
    const voiceprint = await Voiceprint.load({ worker });
    const long = { samples: noise(16000 * 300, 0.01), sampleRateHz: 16000 };
    const call = voiceprint.embed(long, { onProgress });
    await assert.rejects(call, (error) => error.code === 'invalid_argument' && (worker || error.cause === own));
    assert.equal((await voiceprint.embed(speechFile)).quality.ok, true);
    await voiceprint.dispose();
  });
}

it('the core is never asked about a vector of another length', async () => {
  const { Core } = await import('../../npm/dist/core/module.js');
  const { CoreGallery } = await import('../../npm/dist/core/gallery.js');
  const core = await Core.instantiate(new Uint8Array(readFileSync(join(dist, 'voiceprint.wasm'))));
  const gallery = CoreGallery.create(core, { sha256: '0'.repeat(64), name: '' }, 8, 'float32');
  const info = { addedMs: 0, netSpeechS: 1, snrDb: 20, bandwidthHz: 8000, isAdapted: false };
  const vector = new Float32Array(7).fill(1);
  assert.throws(() => gallery.add('Ada', { vector, ...info }), { code: 'invalid_argument', message: /8 values.*7/ });
  assert.throws(() => gallery.search(vector, 1), { code: 'invalid_argument', message: /8 values.*7/ });
  gallery.dispose();
});
