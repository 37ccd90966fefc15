// What compare, embed and analyze give, and that it does not depend on how or where the work is done.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Recorder, Voiceprint } from '../../npm/dist/index.node.js';
import { bundledModel, otherSpeechFile, readWav16, rejectsWith, speechFile, untimed, wav16 } from './support.mjs';

const manifest = JSON.parse(readFileSync(join(bundledModel, 'manifest.json'), 'utf8'));
const speech = readWav16(speechFile);
let voiceprint;

before(async () => {
  voiceprint = await Voiceprint.load();
});
after(() => voiceprint.dispose());

describe('the model', () => {
  it('is the bundled one', () => {
    const { model } = voiceprint;
    assert.equal(model.name, manifest.name);
    assert.equal(model.sha256, manifest.onnx.sha256);
    assert.equal(model.embeddingDim, manifest.tensors.embedding_dim);
    assert.equal(model.operatingPoints.length, manifest.operating_points.length);
    assert.equal(model.evaluation.length, manifest.evaluation.length);
  });
});

describe('embed', () => {
  it('gives a vector of unit length, and where the speech lies', async () => {
    const { vector, modelSha256, speech } = await voiceprint.embed(speechFile);
    assert.equal(vector.length, manifest.tensors.embedding_dim);
    assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-5);
    assert.equal(modelSha256, manifest.onnx.sha256);
    assert.ok(speech.length > 0);
    assert.deepEqual(speech, (await voiceprint.analyze(speechFile)).speech);
  });

  it('gives the same for every form of a recording, and leaves arrays as they are', async () => {
    const bytes = new Uint8Array(readFileSync(speechFile));
    const samples = speech.samples.slice();
    const forms = [speechFile, bytes, bytes.buffer, Buffer.from(bytes), new Blob([bytes]), { samples, sampleRateHz: 16000 }];
    const expected = (await voiceprint.embed(speechFile)).vector;
    for (const form of forms) assert.deepEqual((await voiceprint.embed(form)).vector, expected);
    assert.deepEqual(bytes, new Uint8Array(readFileSync(speechFile)));
    assert.deepEqual(samples, speech.samples);
  });

  it('reads a view in the middle of larger memory', async () => {
    const bytes = readFileSync(speechFile);
    const memory = new Uint8Array(bytes.length + 1000).fill(7);
    memory.set(bytes, 500);
    const view = memory.subarray(500, 500 + bytes.length);
    assert.deepEqual((await voiceprint.embed(view)).vector, (await voiceprint.embed(bytes)).vector);
  });

  it('hardly changes with the sample rate', async () => {
    const { vector } = await voiceprint.embed(speech);
    const doubled = new Float32Array(2 * speech.samples.length);
    // Band-limited doubling: every second sample is interpolated with a long windowed sinc.
    speech.samples.forEach((value, i) => {
      doubled[2 * i] = value;
      for (let k = -40; k < 40; k++) {
        const x = k + 0.5;
        const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / 40);
        doubled[2 * i + 1] += (speech.samples[i + k + 1] ?? 0) * (Math.sin(Math.PI * x) / (Math.PI * x)) * window;
      }
    });
    const other = (await voiceprint.embed({ samples: doubled, sampleRateHz: 32000 })).vector;
    const cosine = vector.reduce((sum, value, i) => sum + value * other[i], 0);
    assert.ok(cosine > 0.98, `cosine ${cosine}`);
  });
});

describe('compare', () => {
  it('accepts a recording compared with itself, with score 1', async () => {
    const { decision, score, llr, probability, pTarget, quality } = await voiceprint.compare(speechFile, speechFile);
    assert.equal(decision, 'accept');
    assert.ok(Math.abs(score - 1) < 1e-6);
    assert.ok(llr > 0 && probability > 0.5 && probability <= 1);
    assert.equal(pTarget, manifest.calibration.p_target);
    assert.deepEqual(quality.map(({ ok, reasons }) => [ok, reasons]), [[true, []], [true, []]]);
  });

  it('is the cosine of the two embeddings, and decides by the LLR', async () => {
    const [a, b] = [(await voiceprint.embed(speechFile)).vector, (await voiceprint.embed(otherSpeechFile)).vector];
    const { score, llr, probability, threshold, decision } = await voiceprint.compare(speechFile, otherSpeechFile);
    const cosine = a.reduce((sum, value, i) => sum + value * b[i], 0);
    const prior = manifest.calibration.p_target;
    assert.ok(Math.abs(score - cosine) < 1e-6, `${score} ${cosine}`);
    assert.ok(Math.abs(probability - 1 / (1 + Math.exp(-llr - Math.log(prior / (1 - prior))))) < 1e-12);
    assert.equal(threshold.name, manifest.default_operating_point);
    assert.equal(decision, llr >= threshold.thresholdLlr ? 'accept' : 'reject');
  });

  it('does not depend on the order', async () => {
    const [ab, ba] = [await voiceprint.compare(speechFile, otherSpeechFile), await voiceprint.compare(otherSpeechFile, speechFile)];
    assert.equal(ab.score, ba.score);
    assert.deepEqual(ab.quality, ba.quality.toReversed());
  });

  it('takes the prior from the caller', async () => {
    const even = await voiceprint.compare(speechFile, otherSpeechFile, { pTarget: 0.5 });
    const rare = await voiceprint.compare(speechFile, otherSpeechFile, { pTarget: 0.01 });
    assert.equal(rare.pTarget, 0.01);
    assert.equal(rare.llr, even.llr);
    const odds = ({ probability }) => probability / (1 - probability);
    assert.ok(Math.abs(odds(rare) / odds(even) - 1 / 99) < 1e-6);
    for (const pTarget of [0, 1, -1, 2, Number.NaN]) {
      await rejectsWith(voiceprint.compare(speechFile, speechFile, { pTarget }), 'invalid_argument', /pTarget/);
    }
  });

  it('picks the operating point by false-alarm rate', async () => {
    const points = manifest.operating_points.toSorted((a, b) => a.target_false_alarm_rate - b.target_false_alarm_rate);
    for (const { name, target_false_alarm_rate: rate } of points) {
      const exact = await voiceprint.compare(speechFile, speechFile, { targetFalseAlarmRate: rate });
      const above = await voiceprint.compare(speechFile, speechFile, { targetFalseAlarmRate: rate * 1.0001 });
      assert.deepEqual([exact.threshold.name, above.threshold.name], [name, name]);
    }
    const tooStrict = voiceprint.compare(speechFile, speechFile, { targetFalseAlarmRate: points[0].target_false_alarm_rate / 2 });
    await rejectsWith(tooStrict, 'invalid_argument', new RegExp(points[0].name));
    for (const targetFalseAlarmRate of [0, -0.1, 1.5, Number.NaN]) {
      await rejectsWith(voiceprint.compare(speechFile, speechFile, { targetFalseAlarmRate }), 'invalid_argument', /targetFalseAlarmRate/);
    }
  });

  it('gives the same on the calling thread as in a worker', async () => {
    const local = await Voiceprint.load({ worker: false });
    assert.deepEqual(untimed(await local.compare(speechFile, otherSpeechFile)), untimed(await voiceprint.compare(speechFile, otherSpeechFile)));
    assert.deepEqual(await local.analyze(speechFile), await voiceprint.analyze(speechFile));
    await local.dispose();
  });

  it('tells where its time went: nowhere for what is an embedding already', async () => {
    const sum = ({ decodeMs, frontEndMs, networkMs }) => decodeMs + frontEndMs + networkMs;
    const start = performance.now();
    const a = await voiceprint.embed(speechFile);
    assert.ok(a.timing.networkMs > 0 && a.timing.frontEndMs > 0, JSON.stringify(a.timing));
    assert.ok(sum(a.timing) <= performance.now() - start);
    assert.equal(sum((await voiceprint.compare(a, a)).timing), 0);
    const [one, two] = [await voiceprint.compare(a, otherSpeechFile), await voiceprint.compare(otherSpeechFile, otherSpeechFile)];
    assert.ok(one.timing.networkMs > 0 && two.timing.networkMs > 0);
  });

  it('runs calls that overlap in their order', async () => {
    const finished = [];
    const calls = [speechFile, otherSpeechFile, speechFile].map((file, i) =>
      voiceprint.embed(file).then(({ vector }) => {
        finished.push(i);
        return vector;
      }),
    );
    const [first, second, third] = await Promise.all(calls);
    assert.deepEqual(finished, [0, 1, 2]);
    assert.deepEqual(first, third);
    assert.notDeepEqual(first, second);
  });
});

describe('analyze', () => {
  it('draws the waveform: extremes of equal parts', async () => {
    const numPeaks = 100;
    const { peaks } = await voiceprint.analyze(speech, { numPeaks });
    const perPart = Math.ceil(speech.samples.length / numPeaks);
    assert.equal(peaks.length, 2 * Math.ceil(speech.samples.length / perPart));
    for (let part = 0; part < peaks.length / 2; part++) {
      const samples = speech.samples.subarray(part * perPart, (part + 1) * perPart);
      assert.equal(peaks[2 * part], Math.min(...samples));
      assert.equal(peaks[2 * part + 1], Math.max(...samples));
    }
  });

  it('draws log-mel rows, at most as many as asked', async () => {
    const full = await voiceprint.analyze(speech, { maxFrames: 100000 });
    const bins = full.logMelBins;
    const frames = full.logMel.length / bins;
    assert.equal(bins, manifest.front_end.fbank.num_mel_bins);
    assert.equal(frames, 1 + Math.floor((speech.samples.length - 400) / 160));
    const small = await voiceprint.analyze(speech, { maxFrames: 50 });
    const perRow = Math.ceil(frames / 50);
    assert.equal(small.logMel.length / bins, Math.ceil(frames / perRow));
    for (const row of [0, 7, 20]) {
      let sum = 0;
      for (let frame = 0; frame < perRow; frame++) sum += full.logMel[(row * perRow + frame) * bins + 3];
      assert.ok(Math.abs(small.logMel[row * bins + 3] - sum / perRow) < 1e-4);
    }
  });

  it('finds speech where it is', async () => {
    const samples = new Float32Array(16000 + speech.samples.length + 32000);
    samples.set(speech.samples, 16000);
    const { speech: intervals, quality } = await voiceprint.analyze({ samples, sampleRateHz: 16000 });
    const end = 1 + speech.samples.length / 16000;
    assert.ok(intervals.length > 0);
    for (const [begin, finish] of intervals) assert.ok(begin >= 0.85 && begin < finish && finish <= end + 0.15, `${begin} ${finish}`);
    assert.ok(Math.abs(quality.durationS - samples.length / 16000) < 0.01);
  });

  it('leaves out what is not wanted', async () => {
    const { peaks, logMel, quality } = await voiceprint.analyze(speech, { maxFrames: 0, numPeaks: 0 });
    assert.deepEqual([peaks.length, logMel.length, quality.ok], [0, 0, true]);
    await rejectsWith(voiceprint.analyze(speech, { numPeaks: -1 }), 'invalid_argument', /numPeaks/);
    await rejectsWith(voiceprint.analyze(speech, { maxFrames: 1.5 }), 'invalid_argument', /maxFrames/);
  });

  it('draws recordings that are shorter than a frame, or at another rate', async () => {
    const short = await voiceprint.analyze({ samples: speech.samples.slice(0, 300), sampleRateHz: 16000 });
    assert.equal(short.logMel.length, 0);
    assert.equal(short.peaks.length, 2 * 300);
    const wide = await voiceprint.analyze(wav16({ samples: speech.samples, sampleRateHz: 48000 }), { maxFrames: 100000 });
    assert.equal(wide.logMel.length / wide.logMelBins, 1 + Math.floor((Math.ceil(speech.samples.length / 3) - 400) / 160));
  });
});

it('Node has no microphone, and says so', () => rejectsWith(Recorder.start(), 'unsupported_environment'));
