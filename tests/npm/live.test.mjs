// Live identification, fed with samples: who is speaking now, without flicker, in bounded memory.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Core } from '../../npm/dist/core/module.js';
import { WavFormat } from '../../npm/dist/core/wav.js';
import { Voiceprint } from '../../npm/dist/index.node.js';
import { Hysteresis } from '../../npm/dist/live/hysteresis.js';
import { dist, noise, rejectsWith, root } from './support.mjs';

const RATE = 16000;
const sample = (voice, text) => join(root, 'web', 'samples', `${voice}-${text}.wav`);

/** The sample recordings are compressed (mu-law): samples by the core's reader. */
const core = await Core.instantiate(new Uint8Array(readFileSync(join(dist, 'voiceprint.wasm'))));
function spoken(voice) {
  return ['rain', 'parcel'].map((text) => {
    const bytes = new Uint8Array(readFileSync(sample(voice, text)));
    const format = WavFormat.parse(core, bytes, bytes.length);
    assert.equal(format.sampleRateHz, RATE);
    return format.decode(bytes.subarray(format.dataOffset, format.dataOffset + format.numFrames * format.bytesPerFrame));
  });
}
const silence = (seconds) => noise(seconds * RATE, 1e-5);

let voiceprint;
let gallery;
before(async () => {
  voiceprint = await Voiceprint.load();
  gallery = await voiceprint.openGallery();
  for (const [name, voice] of Object.entries({ Ada: 'flite-slt', Bob: 'flite-rms' })) {
    const session = gallery.enroll(name, { targetUtterances: 2 });
    for (const text of ['rain', 'parcel']) await session.add(sample(voice, text));
    await session.save();
  }
});
after(() => voiceprint.dispose());

/** Pushes in blocks of 50 ms, as a microphone does, and waits for each look. */
async function play(live, pieces) {
  for (const samples of pieces) {
    for (let at = 0; at < samples.length; at += RATE / 20) await live.push({ samples: samples.subarray(at, at + RATE / 20), sampleRateHz: RATE });
  }
}

/** An identification as `Hysteresis` reads it. */
function heard(name, llr = 5, decision = 'accept') {
  const match = decision === 'accept' ? name : null;
  return { decision, match, candidates: name === null ? [] : [{ name, llr }], threshold: { thresholdLlr: 1 } };
}
const unheard = heard(null, 0, 'inconclusive');

describe('live identification', () => {
  it('follows the speakers through a stream, and says silence', async () => {
    const turns = [];
    const updates = [];
    const live = gallery.live({ hopS: 0.5, onSpeaker: ({ state, name }) => turns.push(name ?? state), onUpdate: (update) => updates.push(update) });
    assert.deepEqual(live.speaker, { state: 'silence', name: null, sinceS: 0 });
    const ada = spoken('flite-slt');
    await play(live, [...ada, silence(6), ...spoken('flite-rms')]);
    const known = turns.filter((turn) => turn !== 'unknown');
    assert.deepEqual(known, ['Ada', 'silence', 'Bob'], `${turns}`);
    assert.equal(live.speaker.name, 'Bob');
    const bobS = (ada.reduce((sum, { length }) => sum + length, 0) + 6 * RATE) / RATE;
    assert.ok(Math.abs(live.speaker.sinceS - bobS) < 0.5, `${live.speaker.sinceS} ${bobS}`);
    const times = updates.map(({ timeS }) => timeS);
    times.slice(1).forEach((time, i) => assert.ok(Math.abs(time - times[i] - 0.5) < 0.051, `${times[i]} ${time}`));
  });

  it('tells silence by the time since the last word, not by the window, and begins anew after it', async () => {
    const [, words] = spoken('flite-slt');
    const { speech } = await voiceprint.analyze({ samples: words, sampleRateHz: RATE });
    const endS = speech.at(-1)[1];
    const updates = [];
    const live = gallery.live({ windowS: 10, hopS: 0.5, onUpdate: (update) => updates.push(update) });
    await play(live, [words, silence(4), ...spoken('flite-rms')]);
    const begun = updates.findIndex(({ speaker }) => speaker.name === 'Ada');
    const told = updates.findIndex(({ speaker }, i) => i > begun && speaker.state === 'silence');
    assert.ok(begun >= 0 && told > begun, JSON.stringify(updates.map(({ speaker }) => speaker)));
    const { timeS, speaker } = updates[told];
    assert.ok(Math.abs(speaker.sinceS - endS) < 0.15, `${speaker.sinceS} ${endS}`);
    assert.ok(timeS - speaker.sinceS >= 2 && timeS - speaker.sinceS < 2.56, `${timeS} ${speaker.sinceS}`);
    for (const { timeS: lookS, identification } of updates.slice(told + 1)) {
      assert.ok(identification.quality.durationS <= lookS - speaker.sinceS + 1e-3, `${identification.quality.durationS} at ${lookS}`);
    }
    assert.equal(live.speaker.name, 'Bob');
  });

  it('does not wait for who does not: looks are skipped, samples are not queued', async () => {
    let numLooks = 0;
    const live = gallery.live({ hopS: 0.2, windowS: 1, onUpdate: () => numLooks++ });
    const [samples] = spoken('flite-slt');
    const pushes = [];
    for (let at = 0; at < samples.length; at += 800) pushes.push(live.push({ samples: samples.subarray(at, at + 800), sampleRateHz: RATE }));
    await Promise.all(pushes);
    assert.equal(numLooks, 1);
    live.stop();
  });

  it('needs bounded memory for hours', async () => {
    const live = gallery.live({ windowS: 1, hopS: 1 });
    const block = { samples: noise(RATE / 2, 1e-5), sampleRateHz: RATE };
    for (let i = 0; i < 40; i++) await live.push(block);
    globalThis.gc?.();
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 7200; i++) void live.push(block); // an hour
    await live.push(block);
    globalThis.gc?.();
    const grown = process.memoryUsage().arrayBuffers - before;
    assert.ok(grown < 20e6, `${grown} bytes, an hour of samples has 230e6`);
    live.stop();
  });

  it('stops at once, and stops with an error where it cannot go on', async () => {
    const [samples] = spoken('flite-slt');
    const stopped = gallery.live({ onUpdate: () => assert.fail('stopped') });
    const running = stopped.push({ samples: samples.subarray(0, RATE), sampleRateHz: RATE });
    stopped.stop();
    await running;
    await stopped.push({ samples, sampleRateHz: RATE });

    const errors = [];
    const closing = await voiceprint.openGallery();
    const live = closing.live({ onError: ({ code }) => errors.push(code) });
    const rejecting = closing.live();
    await closing.close();
    await live.push({ samples, sampleRateHz: RATE });
    await live.push({ samples, sampleRateHz: RATE });
    assert.deepEqual(errors, ['disposed']);
    await rejectsWith(rejecting.push({ samples, sampleRateHz: RATE }), 'disposed');
    assert.throws(() => closing.live(), { code: 'disposed' });
  });

  it('refuses a change of rate and options out of range', async () => {
    const live = gallery.live();
    await live.push({ samples: silence(1), sampleRateHz: RATE });
    await rejectsWith(live.push({ samples: silence(1), sampleRateHz: 8000 }), 'invalid_argument', /8000/);
    for (const options of [{ windowS: 0.5 }, { windowS: 31 }, { hopS: 0.1 }, { hopS: 4 }, { confirmations: 0 }, { holdS: 0.4 }, { hysteresisLlr: Number.NaN }]) {
      assert.throws(() => gallery.live(options), { code: 'invalid_argument' }, JSON.stringify(options));
    }
  });
});

describe('hysteresis', () => {
  const create = () => new Hysteresis({ confirmations: 2, hysteresisLlr: 1, holdS: 2 });
  /** A look a second at the three before; `ends`: when the speech of each look ended, in the place of its own time. */
  const play = (hysteresis, judgements, ends = []) =>
    judgements.map((judgement, i) => {
      hysteresis.judge(judgement, i, { beginS: i - 3, endS: ends[i] ?? i });
      return hysteresis.speaker.name ?? hysteresis.speaker.state;
    });

  it('needs two looks in a row', () => {
    assert.deepEqual(play(create(), [heard('Ada'), heard('Ada'), heard('Bob'), heard('Ada'), heard('Bob'), heard('Bob')]), ['silence', 'Ada', 'Ada', 'Ada', 'Ada', 'Bob']);
  });

  it('keeps a speaker who is just below the threshold, not one far below, nor begins with one', () => {
    assert.deepEqual(play(create(), [heard('Ada', 0.5, 'reject'), heard('Ada', 0.5, 'reject')]), ['silence', 'unknown']);
    const judgements = [heard('Ada'), heard('Ada'), heard('Ada', 0.5, 'reject'), heard('Ada', 0.5, 'reject'), heard('Ada', -1, 'reject'), heard('Ada', -1, 'reject')];
    assert.deepEqual(play(create(), judgements), ['silence', 'Ada', 'Ada', 'Ada', 'Ada', 'unknown']);
  });

  it('holds a speaker through a pause, and then it is silence', () => {
    assert.deepEqual(play(create(), [heard('Ada'), heard('Ada'), unheard, unheard, unheard]), ['silence', 'Ada', 'Ada', 'silence', 'silence']);
  });

  it('calls it silence when the speech that is still judged ended too long ago', () => {
    const hysteresis = create();
    assert.deepEqual(play(hysteresis, [heard('Ada'), heard('Ada'), heard('Ada'), heard('Ada')], [0, 0.9, 0.9, 0.9]), ['silence', 'Ada', 'Ada', 'silence']);
    assert.equal(hysteresis.speaker.sinceS, 0.9);
  });

  it('does not hear another speaker in the rest of what it judged before', () => {
    const judgements = [heard('Ada'), heard('Ada'), heard('Bob', 5), heard('Bob', 5)];
    assert.deepEqual(play(create(), judgements, [0, 1, 1.2, 1.2]), ['silence', 'Ada', 'Ada', 'Ada']);
    assert.deepEqual(play(create(), [heard('Ada'), heard('Ada')], [0, 0]), ['silence', 'Ada'], 'of nobody yet, the rest tells');
  });

  it('says since when: not before the one who spoke until then was heard last', () => {
    const hysteresis = create();
    play(hysteresis, [heard('Ada'), heard('Ada'), heard('Bob'), heard('Ada'), heard('Bob'), heard('Bob'), heard('Bob')]);
    assert.deepEqual(hysteresis.speaker, { state: 'known', name: 'Bob', sinceS: 3 });
  });

  it('begins to count anew after a silence', () => {
    const judgements = [heard('Ada'), unheard, unheard, heard('Ada'), heard('Ada')];
    assert.deepEqual(play(create(), judgements), ['silence', 'silence', 'silence', 'silence', 'Ada']);
  });

  it('of an empty gallery knows nobody', () => {
    assert.deepEqual(play(create(), [heard(null, 0, 'reject'), heard(null, 0, 'reject')]), ['silence', 'unknown']);
  });
});
