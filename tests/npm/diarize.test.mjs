// Who spoke when: conversations made of single recordings, so that the truth is known.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { Voiceprint } from '../../npm/dist/index.node.js';
import { readMuLaw } from '../browser/wav.mjs';
import { dist, noise, rejectsWith, root, speechFile, temporaryFolder, untimed, wav16 } from './support.mjs';

const RATE_HZ = 16000;
const PAUSE_S = 0.4;
const folder = temporaryFolder();

/** { samples, sampleRateHz, truth }: these [samples, voice] one after another, with pauses; truth: [begin, end, voice]. */
function conversation(parts) {
  const pieces = [];
  const truth = [];
  let numSamples = 0;
  for (const [samples, voice] of parts) {
    truth.push([numSamples / RATE_HZ, (numSamples + samples.length) / RATE_HZ, voice]);
    for (const piece of [samples, noise(PAUSE_S * RATE_HZ, 1e-4)]) {
      pieces.push(piece);
      numSamples += piece.length;
    }
  }
  return { samples: Float32Array.from(pieces.flatMap((piece) => [...piece])), sampleRateHz: RATE_HZ, truth };
}

/** Of sample voices of the page. */
async function samplesOf(...names) {
  const parts = [];
  for (const name of names) {
    const samples = await readMuLaw(join(root, 'web', 'samples', `${name}.wav`));
    parts.push([samples, name.replace(/-(rain|parcel)$/, '')]);
  }
  return conversation(parts);
}

const permutations = ([first, ...rest]) =>
  first === undefined ? [[]] : permutations(rest).flatMap((order) => [...order, null].map((_, i) => order.toSpliced(i, 0, first)));

/** Share of the turns' time that lies in a recording of the voice that the speaker is called by `voices`. */
function agreement(turns, truth, voices) {
  let right = 0;
  let all = 0;
  for (const { startS, endS, speaker } of turns) {
    all += endS - startS;
    for (const [begin, end, voice] of truth)
      if (voice === voices[speaker]) right += Math.max(0, Math.min(end, endS) - Math.max(begin, startS));
  }
  return right / all;
}

let voiceprint;
let two;
let three;
before(async () => {
  voiceprint = await Voiceprint.load();
  two = await samplesOf('flite-slt-parcel', 'festival-ked-parcel', 'flite-slt-rain', 'festival-ked-rain');
  three = await samplesOf(
    'flite-slt-parcel',
    'festival-ked-parcel',
    'espeak-en-gb-rain',
    'flite-slt-rain',
    'espeak-en-gb-parcel',
    'festival-ked-rain',
  );
});
after(() => voiceprint.dispose());

describe('diarize', () => {
  it('tells two and three voices apart', async () => {
    for (const { truth, ...recording } of [two, three]) {
      const { turns, speakers, quality } = untimed(await voiceprint.diarize(recording));
      const voices = [...new Set(truth.map(([, , voice]) => voice))];
      assert.equal(speakers.length, voices.length);
      assert.ok(agreement(turns, truth, voices) > 0.97);
      assert.equal(turns.length, truth.length);
      for (const [i, { startS, endS }] of turns.entries()) {
        assert.ok(Math.abs(startS - truth[i][0]) < 0.5 && Math.abs(endS - truth[i][1]) < 0.5, `turn ${i}: ${startS} to ${endS}`);
        assert.ok(i === 0 || startS >= turns[i - 1].endS);
      }
      assert.ok(quality.ok && Math.abs(quality.durationS - recording.samples.length / RATE_HZ) < 1e-3);
    }
  });

  it('gives each speaker an embedding that compares, with the speech that is the speaker’s own', async () => {
    const { truth, ...recording } = three;
    const { turns, speakers, quality } = await voiceprint.diarize(recording);
    let netSpeechS = 0;
    for (const [speaker, { embedding, turnsS }] of speakers.entries()) {
      const own = turns.filter((turn) => turn.speaker === speaker);
      assert.ok(Math.abs(turnsS - own.reduce((sum, { startS, endS }) => sum + endS - startS, 0)) < 1e-9);
      netSpeechS += embedding.quality.netSpeechS;
      assert.deepEqual([embedding.modelSha256, embedding.quality.ok], [voiceprint.model.sha256, true]);
      const [, , voice] = truth.find(([begin]) => begin > own[0].startS - 1);
      const { llr } = await voiceprint.compare(embedding, join(root, 'web', 'samples', `${voice}-parcel.wav`));
      assert.ok(llr > 1, `${voice}: ${llr}`);
    }
    assert.ok(Math.abs(netSpeechS - quality.netSpeechS) < 0.01);
  });

  it('hands its speakers to a gallery', async () => {
    const gallery = await voiceprint.openGallery();
    for (const [name, voice] of [['Ada', 'flite-slt'], ['Zoë', 'espeak-en-gb']]) {
      const session = gallery.enroll(name, { targetUtterances: 2 });
      for (const text of ['rain', 'parcel']) await session.add(join(root, 'web', 'samples', `${voice}-${text}.wav`));
      await session.save();
    }
    const { speakers } = await voiceprint.diarize(three);
    const names = [];
    for (const { embedding } of speakers) names.push((await gallery.identify(embedding)).match);
    assert.deepEqual(names, ['Ada', null, 'Zoë']);
  });

  it('finds as many speakers as it is told, and at most maxSpeakers', async () => {
    const count = async (options) => {
      const { turns, speakers } = await voiceprint.diarize(three, options);
      assert.deepEqual([...new Set(turns.map(({ speaker }) => speaker))], speakers.map((_, i) => i));
      return speakers.length;
    };
    assert.equal(await count({ numSpeakers: 1 }), 1);
    assert.equal(await count({ numSpeakers: 2 }), 2);
    assert.equal(await count({ numSpeakers: 5 }), 5);
    assert.equal(await count({ maxSpeakers: 2 }), 2);
    assert.equal(await count({ pTarget: 1 - 1e-12 }), 1);
    assert.equal(await count({ minSpeakerS: 8 }), 1);
  });

  it('answers the same for a file at another rate, and in the calling thread', async () => {
    const file = join(folder, 'two.wav');
    writeFileSync(file, wav16(two));
    const local = await Voiceprint.load({ worker: false });
    const [a, b] = [untimed(await voiceprint.diarize(file)), untimed(await local.diarize(file))];
    await local.dispose();
    assert.deepEqual(a, b);
  });

  it('one voice is one speaker; silence and noise have no turns, and say why', async () => {
    assert.equal((await voiceprint.diarize(speechFile)).speakers.length, 1);
    for (const samples of [new Float32Array(RATE_HZ), noise(2 * RATE_HZ, 0.1)]) {
      const { turns, speakers, quality } = await voiceprint.diarize({ samples, sampleRateHz: RATE_HZ });
      assert.deepEqual([turns, speakers], [[], []]);
      assert.ok(quality.reasons.includes('no_speech'));
    }
  });

  it('reports its progress, and stops when nobody waits any more', async () => {
    const fractions = [];
    await voiceprint.diarize(three, { onProgress: (fraction) => fractions.push(fraction) });
    assert.ok(fractions.length > 2 && fractions.every((fraction, i) => fraction <= 1 && fraction >= (fractions[i - 1] ?? 0)));
    const abort = new AbortController();
    await rejectsWith(voiceprint.diarize(three, { signal: abort.signal, onProgress: () => abort.abort() }), 'aborted');
  });

  it('refuses options out of range, by name, and what is no recording', async () => {
    for (const [options, pattern] of [
      [{ numSpeakers: 0 }, /numSpeakers/],
      [{ numSpeakers: 1.5 }, /numSpeakers/],
      [{ maxSpeakers: 0 }, /maxSpeakers/],
      [{ pTarget: 1 }, /pTarget/],
      [{ pTarget: Number.NaN }, /pTarget/],
      [{ maxPauseS: -1 }, /maxPauseS/],
      [{ minSpeakerS: Number.NaN }, /minSpeakerS/],
      [{ windowS: 0.1 }, /windowS/],
      [{ windowS: 11 }, /windowS/],
      [{ hopS: 2 }, /hopS/],
      [{ hopS: Number.NaN }, /hopS/],
    ]) {
      await rejectsWith(voiceprint.diarize(two, options), 'invalid_argument', pattern);
    }
    await rejectsWith(voiceprint.diarize({ samples: new Float32Array(), sampleRateHz: RATE_HZ }), 'empty_audio');
    await rejectsWith(voiceprint.diarize(null), 'invalid_argument');
  });

  it('refuses more windows than it can compare, before it embeds them', async () => {
    const samples = Float32Array.from({ length: 16 * 60 * RATE_HZ }, (_, i) => three.samples[i % three.samples.length]);
    const refused = voiceprint.diarize({ samples, sampleRateHz: RATE_HZ }, { windowS: 0.5, hopS: 0.1 });
    await rejectsWith(refused, 'invalid_argument', /longer hopS/);
  });
});

describe('voiceprint diarize', () => {
  const run = async (...args) => {
    try {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(dist, 'cli', 'main.js'), 'diarize', ...args]);
      return { status: 0, stdout, stderr };
    } catch ({ code, stdout, stderr }) {
      return { status: code, stdout, stderr };
    }
  };
  const file = join(folder, 'a talk.wav');
  const reference = join(folder, 'truth.rttm');
  before(() => {
    writeFileSync(file, wav16(three));
    writeFileSync(
      reference,
      three.truth.map(([begin, end, voice]) => `SPEAKER a_talk 1 ${begin} ${end - begin} <NA> <NA> ${voice} <NA> <NA>\n`).join(''),
    );
  });

  it('prints turns, shares of the talk, and the error against a reference', async () => {
    const { status, stdout, stderr } = await run(file, '--reference', reference);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^ {2}0:00\.\d\d - {3}0:0\d\.\d\d {2}speaker-1$/m);
    assert.match(stdout, /^speaker-3: \d+\.\d s, \d+ % of the talk$/m);
    assert.match(stdout, /^diarization error \d+\.\d % of \d+\.\d s: missed/m);
    assert.match(stderr, /diarize 100\/100 \| in /);
  });

  it('--json has turns, speakers and the error; names come from a gallery', async () => {
    const gallery = join(folder, 'gallery.voiceprints');
    const voice = (text) => join(root, 'web', 'samples', `flite-slt-${text}.wav`);
    await promisify(execFile)(process.execPath, [
      ...[join(dist, 'cli', 'main.js'), 'enroll', 'Ada Byron', voice('rain'), voice('parcel')],
      ...['--gallery', gallery, '--utterances', '2'],
    ]);
    const { status, stdout } = await run(file, '--json', '--reference', reference, '--gallery', gallery);
    const { turns, speakers, quality, error } = JSON.parse(stdout);
    assert.equal(status, 0);
    assert.deepEqual(speakers.map(({ name }) => name), ['Ada Byron', 'speaker-2', 'speaker-3']);
    assert.deepEqual(turns.map(({ name }) => name).slice(0, 4), ['Ada Byron', 'speaker-2', 'speaker-3', 'Ada Byron']);
    assert.equal(speakers[0].vector.length, voiceprint.model.embeddingDim);
    assert.ok(quality.ok && error.rate < 0.1 && error.collarS === 0.25, JSON.stringify(error));

    const rttm = await run(file, '--rttm', '--gallery', gallery);
    assert.match(rttm.stdout, /^SPEAKER a_talk 1 \d\.\d{3} \d\.\d{3} <NA> <NA> Ada_Byron <NA> <NA>$/m);
    assert.equal(rttm.stdout.trim().split('\n').length, turns.length);
  });

  it('exit status 2 without speech, 3 for what it cannot do', async () => {
    const silence = join(folder, 'silence.wav');
    writeFileSync(silence, wav16({ samples: new Float32Array(RATE_HZ), sampleRateHz: RATE_HZ }));
    assert.equal((await run(silence)).status, 2);
    for (const [args, pattern] of [
      [[], /exactly one recording/],
      [[file, file], /exactly one recording/],
      [[file, '--json', '--rttm'], /exclude each other/],
      [[file, '--speakers', 'two'], /--speakers must be/],
      [[file, '--reference', join(folder, 'none.rttm')], /none\.rttm could not be read/],
      [[join(folder, 'none.wav')], /none\.wav/],
    ]) {
      const { status, stdout, stderr } = await run(...args);
      assert.equal(status, 3);
      assert.match(stdout + stderr, pattern);
    }
  });
});

const speech = process.env.VOICEPRINT_SPEECH ?? join(root, '..', 'shared', 'speech');
const list = join(speech, 'dev', 'trials', 'speechocean762-adults.txt');
const skip = !existsSync(list)
  ? `no development speech at ${speech}`
  : spawnSync('ffmpeg', ['-version']).status !== 0
    ? 'no ffmpeg to decode Opus'
    : false;

it('tells real people apart in conversations made of their recordings', { skip }, async (test) => {
  const recordings = new Map();
  for (const line of readFileSync(list, 'utf8').trim().split('\n')) {
    for (const path of line.split(' ').slice(1)) {
      const speaker = path.split('/').at(-2);
      recordings.set(speaker, (recordings.get(speaker) ?? new Set()).add(path));
    }
  }
  const people = [...recordings].sort().map(([, paths]) => [...paths].sort());
  const decode = (path) => {
    const args = ['-v', 'error', '-i', join(speech, path), '-ar', String(RATE_HZ), '-ac', '1', '-f', 'f32le', '-'];
    const bytes = execFileSync('ffmpeg', args, { maxBuffer: 2 ** 28 });
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  };
  let right = 0;
  let all = 0;
  const counts = [];
  for (const [k, trio] of [[0, 5, 9], [2, 7, 12], [3, 10, 16], [4, 13, 19]].entries()) {
    const order = [0, 1, 2, 0, 2, 1, 0, 1, 2];
    const { truth, ...recording } = conversation(order.map((who, i) => [decode(people[trio[who]][k + Math.floor(i / 3)]), who]));
    const { turns } = await voiceprint.diarize(recording, { numSpeakers: 3 });
    const best = permutations([0, 1, 2]).map((voices) => agreement(turns, truth, voices));
    right += Math.max(...best);
    all += 1;
    counts.push((await voiceprint.diarize(recording)).speakers.length);
  }
  test.diagnostic(`${((100 * right) / all).toFixed(1)} % of the turns' time is of the right one of three; without knowing: ${counts} speakers`);
  assert.ok(right / all > 0.85, `${right / all}`);
  assert.ok(counts.every((count) => count >= 2 && count <= 5), `${counts}`);
});
