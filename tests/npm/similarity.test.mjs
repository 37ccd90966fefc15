// What a picture of many voices is made of: the embeddings of a gallery, and all of them against each other.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Voiceprint } from '../../npm/dist/index.node.js';
import { noise, rejectsWith, root, speechFile } from './support.mjs';

const sample = (voice, text) => join(root, 'web', 'samples', `${voice}-${text}.wav`);
const voices = { Zoë: 'espeak-en-gb', Ada: 'flite-slt', Bob: 'flite-rms' };
const texts = ['rain', 'parcel'];
const silence = { samples: noise(32000, 1e-5), sampleRateHz: 16000 };

let voiceprint;
before(async () => {
  voiceprint = await Voiceprint.load();
});
after(() => voiceprint.dispose());

async function filled(options) {
  const gallery = await voiceprint.openGallery(options);
  for (const [name, voice] of Object.entries(voices)) {
    const session = gallery.enroll(name, { targetUtterances: 2 });
    for (const text of texts) await session.add(sample(voice, text));
    await session.save();
  }
  return gallery;
}

describe('embeddings of a gallery', () => {
  it('are those of the recordings, with their quality, by name and in the order of enrolling', async () => {
    const gallery = await filled();
    const embeddings = await gallery.embeddings();
    assert.deepEqual(embeddings.map(({ name }) => name), ['Ada', 'Ada', 'Bob', 'Bob', 'Zoë', 'Zoë']);
    for (const [i, { name, vector, quality, modelSha256, addedAt, isAdapted }] of embeddings.entries()) {
      const fresh = await voiceprint.embed(sample(voices[name], texts[i % 2]));
      for (const [k, value] of fresh.vector.entries()) assert.ok(Math.abs(vector[k] - value) < 1e-6, `${name}, value ${k}`);
      for (const figure of ['netSpeechS', 'snrDb', 'bandwidthHz']) assert.equal(quality[figure], fresh.quality[figure]);
      assert.deepEqual([modelSha256, isAdapted], [voiceprint.model.sha256, false]);
      assert.ok(Math.abs(Date.now() - addedAt) < 60_000);
    }
  });

  it('are given of some names, in their order; an adapted one is told apart', async () => {
    const gallery = await filled();
    assert.equal((await gallery.adapt('Ada', speechFile)).adapted, true);
    const embeddings = await gallery.embeddings(['Zoë', 'Ada']);
    assert.deepEqual(embeddings.map(({ name, isAdapted }) => [name, isAdapted]), [['Zoë', false], ['Zoë', false], ['Ada', false], ['Ada', false], ['Ada', true]]);
    assert.deepEqual(await gallery.embeddings([]), []);
    await rejectsWith(gallery.embeddings(['Ada', 'nobody']), 'not_enrolled', /nobody/);
  });

  it('of an int8 gallery are nearly those', async () => {
    const [exact, coded] = [await filled(), await filled({ precision: 'int8' })];
    const stored = await coded.embeddings();
    for (const [i, { vector }] of (await exact.embeddings()).entries()) {
      const cosine = vector.reduce((sum, value, k) => sum + value * stored[i].vector[k], 0);
      assert.ok(cosine > 0.9995, `${cosine}`);
    }
  });
});

describe('similarity', () => {
  it('is what compare gives for every pair', async () => {
    const recordings = [sample('flite-slt', 'rain'), sample('flite-rms', 'rain'), speechFile, sample('espeak-en-gb', 'parcel')];
    const embeddings = [];
    for (const recording of recordings) embeddings.push(await voiceprint.embed(recording));
    const { size, scores, llrs } = await voiceprint.similarity(embeddings);
    assert.deepEqual([size, scores.length, llrs.length], [4, 16, 16]);
    for (const [i, a] of embeddings.entries()) {
      for (const [j, b] of embeddings.entries()) {
        const { score, llr } = await voiceprint.compare(a, b);
        assert.equal(scores[i * size + j], Math.fround(score), `score ${i} ${j}`);
        assert.equal(llrs[i * size + j], Math.fround(llr), `llr ${i} ${j}`);
      }
    }
  });

  it('takes enrolled embeddings and fresh ones together', async () => {
    const enrolled = await (await filled()).embeddings();
    const { size, scores } = await voiceprint.similarity([...enrolled, await voiceprint.embed(speechFile)]);
    const last = Array.from(scores.subarray((size - 1) * size, size * size - 1));
    assert.equal(enrolled[last.indexOf(Math.max(...last))].name, 'Ada');
  });

  it('of nothing is empty; of what cannot be scored is refused', async () => {
    assert.deepEqual(await voiceprint.similarity([]), { size: 0, scores: new Float32Array(), llrs: new Float32Array() });
    const good = await voiceprint.embed(speechFile);
    const unheard = await voiceprint.embed(silence);
    assert.equal(unheard.vector, null);
    await rejectsWith(voiceprint.similarity([good, unheard]), 'invalid_argument', /Embedding 1 has no vector/);
    await rejectsWith(voiceprint.similarity([{ ...good, modelSha256: '0'.repeat(64) }]), 'invalid_argument', /Embedding 0 is of another model/);
    await rejectsWith(voiceprint.similarity([{ ...good, vector: good.vector.subarray(1) }]), 'invalid_argument', /255 values/);
    await rejectsWith(voiceprint.similarity(Array(2049).fill(good)), 'invalid_argument', /2048/);
    await rejectsWith(voiceprint.similarity([good], { signal: AbortSignal.abort() }), 'aborted');
  });
});
