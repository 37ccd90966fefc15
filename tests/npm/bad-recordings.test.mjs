// Every bad recording gives a typed error or an inconclusive verdict: never a wrong number, a crash or a hang.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Voiceprint } from '../../npm/dist/index.node.js';
import { data, noise, readWav16, rejectsWith, speechFile, temporaryFolder, wav16, wavFloat, wavHeader } from './support.mjs';

const speech = readWav16(speechFile);
const pcm = (samples, sampleRateHz = 16000) => ({ samples, sampleRateHz });
const withSample = (value) => pcm(speech.samples.with(20000, value));

/** name, recording, code. Each is given as bytes or PCM, and where it is a file also as Blob and path. */
const refused = [
  ['an empty file', Buffer.alloc(0), 'empty_audio'],
  ['text renamed .wav', Buffer.from('This is not a recording.\n'.repeat(100)), 'unsupported_format'],
  ['random bytes', Buffer.from(noise(4096, 127).map(Math.round)), 'unsupported_format'],
  ['a WAV of which half is missing', wav16(speech).subarray(0, 50000), 'truncated'],
  ['a WAV that ends in its header', wav16(speech).subarray(0, 30), 'truncated'],
  ['a WAV without samples', wavHeader(0), 'empty_audio'],
  ['a header that promises more than the file holds', wav16(speech, { declaredBytes: 1e9 }), 'truncated'],
  ['a header with 0 channels', wav16(speech, { channels: 0 }), 'corrupt_data'],
  ['a header with 0 Hz', wav16({ ...speech, sampleRateHz: 0 }), 'corrupt_data'],
  ['a header with 10 MHz', wav16({ ...speech, sampleRateHz: 10_000_000 }), 'unsupported_format'],
  ['a header with a codec that is no PCM', wav16(speech, { format: 2 }), 'unsupported_format'],
  ['a float WAV with a NaN', wavFloat(withSample(Number.NaN)), 'non_finite_sample'],
  ['a float WAV with an infinity', wavFloat(withSample(Number.POSITIVE_INFINITY)), 'non_finite_sample'],
  ['PCM with a NaN', withSample(Number.NaN), 'non_finite_sample'],
  ['PCM with an infinity', withSample(Number.NEGATIVE_INFINITY), 'non_finite_sample'],
  ['PCM without samples', pcm(new Float32Array()), 'empty_audio'],
  ['PCM at 0 Hz', pcm(speech.samples, 0), 'invalid_argument'],
  ['PCM at 10 MHz', pcm(speech.samples, 10_000_000), 'invalid_argument'],
  ['PCM at a rate that is no whole number', pcm(speech.samples, 16000.5), 'invalid_argument'],
  ['PCM at a rate that is no number', pcm(speech.samples, '16000'), 'invalid_argument'],
  ['samples that are no Float32Array', pcm([0, 0, 0]), 'invalid_argument'],
  ['null', null, 'invalid_argument'],
  ['a number', 7, 'invalid_argument'],
  ['a path to nothing', 'no-such-file.wav', 'io'],
];

/** name, PCM or file, a reason that must be given. */
const notJudged = [
  ['digital silence', pcm(new Float32Array(48000)), 'no_speech'],
  ['faint noise', pcm(noise(48000, 0.003)), 'no_speech'],
  ['loud noise', pcm(noise(48000, 0.5)), 'no_speech'],
  ['50 ms of speech', pcm(speech.samples.slice(20000, 20800)), 'no_speech'],
  ['less than one frame', pcm(speech.samples.slice(20000, 20100)), 'no_speech'],
  ['400 ms of speech', pcm(speech.samples.slice(16000, 22400)), 'too_short'],
  ['speech at -70 dBFS', pcm(speech.samples.map((value) => value / 1000)), 'no_speech'],
  ['clipped speech', pcm(speech.samples.map((value) => Math.max(-1, Math.min(1, 30 * value)))), 'clipped'],
];

const folder = temporaryFolder();
let voiceprint;

before(async () => {
  voiceprint = await Voiceprint.load();
});
after(() => voiceprint.dispose());

describe('a recording that cannot be read is refused', () => {
  refused.forEach(([name, recording, code], i) => {
    it(name, async () => {
      await rejectsWith(voiceprint.embed(recording), code);
      await rejectsWith(voiceprint.compare(speechFile, recording), code);
      await rejectsWith(voiceprint.compare(recording, speechFile), code);
      await rejectsWith(voiceprint.analyze(recording), code);
      if (Buffer.isBuffer(recording)) {
        await rejectsWith(voiceprint.embed(new Blob([recording])), code);
        const path = join(folder, `refused-${i}.wav`);
        writeFileSync(path, recording);
        await rejectsWith(voiceprint.embed(path), code);
      }
    });
  });

  it('a folder', async () => {
    mkdirSync(join(folder, 'folder.wav'));
    await rejectsWith(voiceprint.embed(join(folder, 'folder.wav')), 'io', /not a file/);
  });

  it('and the next recording works', async () => {
    assert.equal((await voiceprint.embed(speechFile)).quality.ok, true);
  });
});

describe('a recording that cannot be judged is inconclusive', () => {
  for (const [name, recording, reason] of notJudged) {
    it(name, async () => {
      const { decision, score, probability, quality } = await voiceprint.compare(recording, speechFile);
      assert.equal(decision, 'inconclusive');
      assert.equal(quality[0].ok, false);
      assert.ok(quality[0].reasons.includes(reason), `${quality[0].reasons}`);
      assert.equal(quality[1].ok, true);
      for (const value of [score, probability]) assert.ok(value === null || Number.isFinite(value));
      const { vector } = await voiceprint.embed(recording);
      assert.equal(vector === null, score === null);
    });
  }

  it('a recording without speech has neither embedding nor score', async () => {
    const silence = pcm(new Float32Array(48000));
    assert.equal((await voiceprint.embed(silence)).vector, null);
    const { score, llr, probability } = await voiceprint.compare(speechFile, silence);
    assert.deepEqual([score, llr, probability], [null, null, null]);
  });
});

it('telephone speech at 8 kHz is judged, and its bandwidth is told', async () => {
  const { quality, vector } = await voiceprint.embed(data('speech_telephone.wav'));
  assert.ok(quality.bandwidthHz < 4500, `${quality.bandwidthHz} Hz`);
  assert.notEqual(vector, null);
});
