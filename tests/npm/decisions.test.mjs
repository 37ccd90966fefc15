// Calibration, cohort and LLR as manifest version 2 states them, against direct formulas; and models whose parts do not belong together.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Voiceprint } from '../../npm/dist/index.node.js';
import { parseManifest } from '../../npm/dist/model/manifest.js';
import { bundledModel, data, linearManifest, noise, otherSpeechFile, rejectsWith, root, speechFile, temporaryFolder, untimed } from './support.mjs';

const Ajv = createRequire(new URL('../../npm/package.json', import.meta.url))('ajv/dist/2020').default;
const validate = new Ajv().compile(JSON.parse(readFileSync(join(root, 'models', 'manifest.schema.json'), 'utf8')));

const folder = temporaryFolder();
const version1 = linearManifest();
const onnx = new Uint8Array(readFileSync(join(bundledModel, version1.onnx.file)));
const dimension = version1.tensors.embedding_dim;
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** A float32 cohort file, as FORMATS.md lays it out. */
function cohortFile({ size = 60, dim = dimension, model = version1.onnx.sha256 } = {}) {
  const file = Buffer.alloc(56 + 4 * size * dim + 4);
  file.write('VPCOHORT', 'latin1');
  [1, 0, dim, size].forEach((value, i) => file.writeUInt32LE(value, 8 + 4 * i));
  file.write(model, 24, 'hex');
  noise(size * dim, 1, 9).forEach((value, i) => file.writeFloatLE(value, 56 + 4 * i));
  let crc = 0xffffffff;
  for (const byte of file.subarray(0, -4)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; ++bit) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  file.writeUInt32LE(~crc >>> 0, file.length - 4);
  return new Uint8Array(file);
}

const cohort = cohortFile();
const topN = 20;
const terms = [
  { measure: 'log_net_speech_shorter', weight: 0.8, low: -1, high: 3 },
  { measure: 'snr_lower_db', weight: 0.05, low: 0, high: 15 },
  { measure: 'cohort_mean', weight: -4, low: -1, high: 1 },
];

/** The bundled model with a calibration of version 2. */
function version2({ score = 'cosine', terms = [], cohortBytes = null } = {}) {
  const manifest = structuredClone(version1);
  manifest.schema = 'voiceprint-manifest/2';
  Object.assign(manifest.calibration, { score, terms: structuredClone(terms) });
  if (score === 'as_norm' || terms.length > 0) for (const point of manifest.operating_points) delete point.threshold_score;
  if (cohortBytes) {
    manifest.cohort = { file: 'cohort.bin', bytes: cohortBytes.length, sha256: sha256(cohortBytes), top_n: topN };
  }
  return manifest;
}
const normalised = () => version2({ score: 'as_norm', terms, cohortBytes: cohort });

const load = (manifest, cohort) => Voiceprint.load({ worker: false, model: { manifest, onnx, ...(cohort ? { cohort } : {}) } });

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
const cosine = (a, b) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));

/** Mean and deviation of the highest cosines with the cohort, by their definition. */
function cohortStatistics(vector) {
  const rows = Array.from({ length: 60 }, (_, i) => Array.from(noise(60 * dimension, 1, 9).subarray(i * dimension, (i + 1) * dimension)));
  const scores = rows.map((row) => cosine(Array.from(vector), row)).sort((a, b) => b - a).slice(0, topN);
  const mean = scores.reduce((sum, value) => sum + value, 0) / topN;
  return { mean, deviation: Math.sqrt(scores.reduce((sum, value) => sum + (value - mean) ** 2, 0) / topN) };
}

describe('manifest version 2', () => {
  it('follows the schema and is read, linear, quality-aware and normalised', () => {
    const manifests = [version2(), version2({ terms: terms.slice(0, 2) }), version2({ score: 'as_norm', cohortBytes: cohort }), normalised(), version2({ terms, cohortBytes: cohort })];
    for (const manifest of manifests) {
      assert.ok(validate(manifest), JSON.stringify(validate.errors));
      parseManifest(manifest);
    }
  });

  const bad = {
    'calibration.score': [
      (m) => delete m.calibration.score,
      (m) => (m.calibration.score = 'plda'),
    ],
    'calibration.terms': [
      (m) => delete m.calibration.terms,
      (m) => (m.calibration.terms = {}),
      (m) => (m.calibration.terms = Array(17).fill(terms[0])),
    ],
    'calibration.terms[0].measure': [(m) => (m.calibration.terms[0].measure = 'age'), (m) => delete m.calibration.terms[0].measure],
    'calibration.terms[0].weight': [(m) => (m.calibration.terms[0].weight = '1')],
    'calibration.terms[1].low': [(m) => (m.calibration.terms[1].low = null)],
    'calibration.terms[1].high': [(m) => delete m.calibration.terms[1].high],
    cohort: [(m) => delete m.cohort, (m) => (m.cohort = 'cohort.bin')],
    'cohort.file': [(m) => (m.cohort.file = '../cohort.bin')],
    'cohort.bytes': [(m) => (m.cohort.bytes = 0), (m) => (m.cohort.bytes = 2 ** 27)],
    'cohort.sha256': [(m) => (m.cohort.sha256 = 'abc')],
    'cohort.top_n': [(m) => (m.cohort.top_n = 1), (m) => (m.cohort.top_n = 2.5)],
    'operating_points[0].threshold_score': [(m) => (m.operating_points[0].threshold_score = 0.4)],
  };
  for (const [field, changes] of Object.entries(bad)) {
    it(`with a wrong ${field} is refused, naming the field`, () => {
      for (const change of changes) {
        const manifest = normalised();
        change(manifest);
        assert.throws(() => parseManifest(manifest), (error) => error.code === 'manifest_invalid' && error.message.includes(`Manifest: ${field} `));
        assert.equal(validate(manifest), false, 'the JSON Schema refuses it too');
      }
    });
  }

  it('whose low is above high is refused', () => {
    const manifest = normalised();
    manifest.calibration.terms[0].low = 4;
    assert.throws(() => parseManifest(manifest), /terms\[0\]\.high/);
  });

  it('needs a cosine threshold where the calibration is of the cosine alone, and no cohort', () => {
    const [without, withCohort] = [version2(), version2({ cohortBytes: cohort })];
    delete without.operating_points[1].threshold_score;
    for (const [manifest, field] of [[without, /operating_points\[1\]\.threshold_score/], [withCohort, /cohort/]]) {
      assert.throws(() => parseManifest(manifest), field);
      assert.equal(validate(manifest), false);
    }
  });

  it('is needed for what version 1 does not know', () => {
    for (const field of ['score', 'terms']) {
      const manifest = structuredClone(version1);
      manifest.calibration[field] = version2().calibration[field];
      assert.throws(() => parseManifest(manifest), new RegExp(`calibration\\.${field}`));
      assert.equal(validate(manifest), false);
    }
  });
});

describe('the LLR', () => {
  it('of a linear calibration is scale times the cosine plus offset, in both versions', async () => {
    const [first, second] = [await load(version1), await load(version2())];
    const a = await first.compare(speechFile, otherSpeechFile);
    const b = await second.compare(speechFile, otherSpeechFile);
    assert.deepEqual(untimed(a), untimed(b));
    assert.equal(a.asNorm, null);
    const { scale, offset } = version1.calibration;
    assert.ok(Math.abs(a.llr - (scale * a.score + offset)) < 1e-9);
  });

  it('rises with the square of the score where the calibration says so, and one that would fall is refused', async () => {
    const squared = { measure: 'score_squared', weight: 7, low: 0, high: 1 };
    const voiceprint = await load(version2({ terms: [squared] }));
    const { score, llr } = await voiceprint.compare(speechFile, speechFile);
    const { scale, offset } = version1.calibration;
    assert.ok(Math.abs(llr - (scale * score + 7 * score ** 2 + offset)) < 1e-6);
    await rejectsWith(load(version2({ terms: [{ ...squared, weight: -7 }] })), 'manifest_invalid', /score_squared/);
  });

  it('of a normalised, quality-aware calibration is the stated formula', async () => {
    const voiceprint = await load(normalised(), cohort);
    const { scale, offset } = version1.calibration;
    for (const [fileA, fileB] of [[speechFile, otherSpeechFile], [speechFile, data('speech_telephone.wav')]]) {
      const [a, b] = [await voiceprint.embed(fileA), await voiceprint.embed(fileB)];
      const result = await voiceprint.compare(fileA, fileB);
      const [sa, sb] = [cohortStatistics(a.vector), cohortStatistics(b.vector)];
      const score = cosine(Array.from(a.vector), Array.from(b.vector));
      assert.ok(Math.abs(result.score - score) < 1e-6, 'the raw score stays the cosine');
      const asNorm = ((score - sa.mean) / sa.deviation + (score - sb.mean) / sb.deviation) / 2;
      assert.ok(Math.abs(result.asNorm - asNorm) < 1e-3, `${result.asNorm} ${asNorm}`);
      const measures = [
        Math.log(Math.min(a.quality.netSpeechS, b.quality.netSpeechS)),
        Math.min(a.quality.snrDb, b.quality.snrDb),
        (sa.mean + sb.mean) / 2,
      ];
      const quality = terms.reduce((sum, { weight, low, high }, i) => sum + weight * Math.min(high, Math.max(low, measures[i])), 0);
      assert.ok(Math.abs(result.llr - (scale * result.asNorm + quality + offset)) < 1e-4);
      assert.equal(result.threshold.thresholdScore, null);
      if (a.quality.ok && b.quality.ok) assert.equal(result.decision, result.llr >= result.threshold.thresholdLlr ? 'accept' : 'reject');
      const { llr, asNorm: other } = await voiceprint.compare(fileB, fileA);
      assert.deepEqual([llr, other], [result.llr, result.asNorm], 'symmetric');
    }
  });

  it('is the same from a folder, in a worker', async () => {
    const path = join(folder, 'normalised');
    mkdirSync(path);
    writeFileSync(join(path, 'manifest.json'), JSON.stringify(normalised()));
    writeFileSync(join(path, 'cohort.bin'), cohort);
    writeFileSync(join(path, version1.onnx.file), onnx);
    const voiceprint = await Voiceprint.load({ model: path });
    const expected = await (await load(normalised(), cohort)).compare(speechFile, otherSpeechFile);
    assert.deepEqual(untimed(await voiceprint.compare(speechFile, otherSpeechFile)), untimed(expected));
    await voiceprint.dispose();
  });
});

describe('embeddings', () => {
  it('may stand for their recordings', async () => {
    const voiceprint = await Voiceprint.load();
    const [a, b] = [await voiceprint.embed(speechFile), await voiceprint.embed(otherSpeechFile)];
    const expected = await voiceprint.compare(speechFile, otherSpeechFile);
    assert.deepEqual(untimed(await voiceprint.compare(a, b)), untimed(expected));
    assert.deepEqual(untimed(await voiceprint.compare(a, otherSpeechFile)), untimed(expected));
    assert.deepEqual(await voiceprint.compare({ ...a, vector: null }, b).then(({ decision, score }) => [decision, score]), ['inconclusive', null]);
    for (const other of [{ ...a, modelSha256: '0'.repeat(64) }, { ...a, vector: a.vector.subarray(1) }]) {
      await rejectsWith(voiceprint.compare(other, b), 'invalid_argument', /model/);
      await rejectsWith(voiceprint.compare(b, other), 'invalid_argument', /model/);
    }
    await voiceprint.dispose();
  });
});

describe('a cohort', () => {
  const withCohort = (bytes, change = () => {}) => {
    const manifest = version2({ score: 'as_norm', cohortBytes: bytes });
    change(manifest);
    return load(manifest, bytes);
  };

  it('for another embedding size, another model, or smaller than top_n is refused', async () => {
    await rejectsWith(withCohort(cohortFile({ dim: dimension + 1 })), 'manifest_invalid', new RegExp(`${dimension + 1} values, the model's ${dimension}`));
    await rejectsWith(withCohort(cohortFile({ model: '0'.repeat(64) })), 'manifest_invalid', /another model/);
    await rejectsWith(withCohort(cohortFile({ size: topN - 1 })), 'manifest_invalid', /fewer than the top 20/);
  });

  it('that is damaged or missing is refused', async () => {
    const damaged = cohort.slice();
    damaged[100] ^= 1;
    await rejectsWith(withCohort(damaged), 'model_corrupt', /checksum/);
    await rejectsWith(load(normalised(), damaged), 'model_corrupt', /SHA-256/);
    await rejectsWith(load(normalised(), cohort.subarray(1)), 'model_corrupt', /bytes/);
    await rejectsWith(withCohort(cohort.slice(0, 500)), 'model_corrupt', /cut short/);
    await rejectsWith(withCohort(new Uint8Array(100)), 'model_corrupt', /VPCOHORT/);
    await rejectsWith(load(normalised()), 'model_not_found', /cohort/);
    const path = join(folder, 'without');
    mkdirSync(path);
    writeFileSync(join(path, 'manifest.json'), JSON.stringify(normalised()));
    writeFileSync(join(path, version1.onnx.file), onnx);
    await rejectsWith(Voiceprint.load({ worker: false, model: path }), 'model_not_found', /cohort\.bin/);
  });
});
