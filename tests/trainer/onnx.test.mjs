// The shipped model, three ways: LibTorch (trainer), ONNX Runtime raw, and the npm package. They must agree.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { dist, otherSpeechFile, readWav16, root, speechFile, temporaryFolder, wav16 } from '../npm/support.mjs';

const programs = process.env.VOICEPRINT_TRAINER_DIR ?? join(root, 'build', 'trainer', 'trainer');
const trainer = join(programs, 'trainer');
const trainerOnnx = join(programs, 'trainer-onnx');
const model = join(root, 'models', 'voiceprint-small');
const built = existsSync(trainer) && existsSync(trainerOnnx);
const skip = built ? false : `the trainer is not built (${trainer})`;

const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;

const cosine = (a, b) => {
  const dot = (x, y) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};

/** Speech of `seconds`, by repeating what there is. */
function speechOf(seconds) {
  const { samples, sampleRateHz } = readWav16(speechFile);
  return { samples: Float32Array.from({ length: Math.round(seconds * sampleRateHz) }, (_, i) => samples[i % samples.length]), sampleRateHz };
}

let Voiceprint, voiceprint;
before(async () => {
  ({ Voiceprint } = await import(pathToFileURL(join(dist, 'index.node.js'))));
  voiceprint = await Voiceprint.load({ worker: false });
});

test('LibTorch and the npm package embed alike at 1, 2.37, 10 and 25 s', { skip }, async () => {
  const folder = temporaryFolder();
  const files = [1, 2.37, 10, 25].map((seconds) => {
    const path = join(folder, `${seconds}.wav`);
    writeFileSync(path, wav16(speechOf(seconds)));
    return path;
  });
  const lines = execFileSync(trainer, ['embed', '--model', model, ...files], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim().split('\n');
  for (const line of lines) {
    const native = JSON.parse(line);
    const { vector, quality } = await voiceprint.embed(native.path);
    assert.ok(cosine(native.embedding, vector) >= 0.99999, `${native.path}: cosine ${cosine(native.embedding, vector)}`);
    assert.ok(Math.abs(native.quality.net_speech_s - quality.netSpeechS) < 1e-6);
  }
});

/** The file as Ogg Opus at 16 kHz, which decoders may play at several rates. */
function asOpus(folder, file) {
  const path = join(folder, `${basename(file, '.wav')}.opus`);
  execFileSync('ffmpeg', ['-v', 'error', '-i', file, '-ar', '16000', '-c:a', 'libopus', '-b:a', '16k', path]);
  return path;
}

test('trainer compare and voiceprint.compare give one score, one LLR, one decision', { skip }, async (context) => {
  const pairs = [[speechFile, speechFile], [speechFile, otherSpeechFile]];
  if (hasFfmpeg) {
    const folder = temporaryFolder();
    pairs.push([asOpus(folder, speechFile), asOpus(folder, otherSpeechFile)]);
  } else context.diagnostic('without ffmpeg, Opus was not compared');
  for (const [a, b] of pairs) {
    const run = spawnSync(trainer, ['compare', '--model', model, a, b], { encoding: 'utf8' });
    const native = JSON.parse(run.stdout);
    const result = await voiceprint.compare(a, b);
    assert.ok(Math.abs(native.score - result.score) < 1e-4, `${native.score} against ${result.score}`);
    assert.ok(Math.abs(native.llr - result.llr) < 2e-3);
    assert.equal(native.decision, result.decision);
    assert.equal(run.status, ['accept', 'reject', 'inconclusive'].indexOf(result.decision));
  }
});

test('the ONNX metadata says what the manifest says', { skip }, () => {
  const manifest = JSON.parse(readFileSync(join(model, 'manifest.json'), 'utf8'));
  const metadata = JSON.parse(execFileSync(trainerOnnx, ['metadata', join(model, 'model.onnx')], { encoding: 'utf8' }));
  for (const key of ['name', 'version', 'licence', 'tensors', 'front_end', 'quality_limits', 'calibration', 'operating_points', 'default_operating_point', 'training']) {
    assert.deepEqual(metadata[key], manifest[key], key);
  }
});

test('ONNX Runtime gives each row of a batch what it gives the row alone, at any length', async () => {
  const ort = await import(pathToFileURL(join(dist, 'ort', 'ort.wasm.min.mjs')).href);
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmBinary = readFileSync(join(dist, 'ort', 'ort-wasm-simd-threaded.wasm'));
  const session = await ort.InferenceSession.create(readFileSync(join(model, 'model.onnx')));
  let state = 1;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647 - 0.5;
  for (const frames of [1, 98, 235]) {
    const rows = [0, 1, 2].map(() => Float32Array.from({ length: frames * 80 }, random));
    const joined = Float32Array.from(rows.flatMap((row) => [...row]));
    const embed = async (data, batch) => (await session.run({ fbank: new ort.Tensor('float32', data, [batch, frames, 80]) })).embedding;
    const together = await embed(joined, 3);
    const dimension = together.dims[1];
    for (const [i, row] of rows.entries()) {
      const alone = await embed(row, 1);
      const part = together.data.subarray(i * dimension, (i + 1) * dimension);
      assert.ok(cosine([...part], [...alone.data]) >= 0.99999);
      assert.ok(Math.abs(Math.hypot(...part) - 1) < 1e-4);
    }
  }
});

test('a damaged model folder is refused by name', { skip }, () => {
  const folder = temporaryFolder();
  const manifest = JSON.parse(readFileSync(join(model, 'manifest.json'), 'utf8'));
  const onnx = readFileSync(join(model, 'model.onnx'));
  const compare = () => spawnSync(trainer, ['compare', '--model', folder, speechFile, otherSpeechFile], { encoding: 'utf8' });
  let run = compare();
  assert.equal(run.status, 3);
  assert.match(run.stderr, /manifest\.json/);
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'model.onnx'), onnx.subarray(0, onnx.length / 2));
  run = compare();
  assert.equal(run.status, 3);
  assert.match(run.stderr, /model\.onnx: its SHA-256 is not the manifest's/);
  writeFileSync(join(folder, 'model.onnx'), onnx);
  const { cohort, ...withoutCohort } = manifest;
  const ofAnotherSize = { ...withoutCohort, calibration: { ...manifest.calibration, score: 'cosine', terms: [{ measure: 'snr_lower_db', weight: 0, low: 0, high: 1 }] } };
  ofAnotherSize.tensors = { ...manifest.tensors, embedding_dim: 7 };
  for (const point of ofAnotherSize.operating_points) delete point.threshold_score;
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(ofAnotherSize));
  run = compare();
  assert.equal(run.status, 3);
  assert.match(run.stderr, /manifest\.json: tensors\.embedding_dim = 7, but .*model\.onnx gives \d+ values/);
  delete manifest.calibration.scale;
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  run = compare();
  assert.match(run.stderr, /manifest\.json: calibration\.scale is missing/);
});

test('an exported folder follows the schema and decides alike in trainer and package, whatever its weights are stored as', { skip }, async () => {
  const Ajv = createRequire(new URL('../../npm/package.json', import.meta.url))('ajv/dist/2020').default;
  const validate = new Ajv().compile(JSON.parse(readFileSync(join(root, 'models', 'manifest.schema.json'), 'utf8')));
  const folder = temporaryFolder();
  const samples = join(root, 'web', 'samples');
  const names = readdirSync(samples).filter((name) => name.endsWith('.wav')).sort();
  const speaker = (name) => name.slice(0, name.lastIndexOf('-'));
  const pairs = names.flatMap((a, i) => names.slice(i + 1).map((b, j) => [a, b, (i * 7 + j * 3) % 5 === 0]));
  // Some labels are wrong: scores that are told apart without error have no calibration.
  writeFileSync(join(folder, 'trials.txt'), pairs.map(([a, b, wrong]) => `${Number((speaker(a) === speaker(b)) !== wrong)} ${a} ${b}\n`).join(''));
  writeFileSync(join(folder, 'list.txt'), names.map((name) => `${join(samples, name)}\t${speaker(name)}\n`).join(''));
  writeFileSync(join(folder, 'utterances.jsonl'), names.map((path) => `${JSON.stringify({ path, speaker: speaker(path) })}\n`).join(''));
  const run = (...words) => execFileSync(trainer, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  run('prepare', join(folder, 'list.txt'), '--root', '/', '--out', join(folder, 'pack'));
  run('train', `data.pack=${join(folder, 'pack')}`, 'model.channels=32', 'model.mfa_channels=48', 'model.embedding_dim=32', 'data.speakers_per_batch=4', 'data.min_crop_s=0.5', 'data.max_crop_s=0.8',
    'run.steps=3', 'run.threads=1', 'run.device=cpu', '--out', join(folder, 'run'));
  const bytes = {};
  for (const weights of ['fp32', 'fp16', 'int8']) {
    const out = join(folder, weights);
    run('export', join(folder, 'run', 'last.safetensors'), '--out', out, '--weights', weights, '--trials', join(folder, 'trials.txt'), '--audio-root', samples,
      '--cohort', join(folder, 'pack'), '--top-n', '3', '--cache', join(folder, 'cache'), '--data', 'samples', '--data-licence', 'none', '--recipe', 'none');
    const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
    assert.ok(validate(manifest), JSON.stringify(validate.errors));
    assert.equal(manifest.onnx.weights, weights);
    bytes[weights] = manifest.onnx.bytes;
    const exported = await Voiceprint.load({ worker: false, model: out });
    for (const [a, b] of pairs.slice(0, 3).map((pair) => pair.slice(0, 2).map((name) => join(samples, name)))) {
      const native = JSON.parse(spawnSync(trainer, ['compare', '--model', out, a, b], { encoding: 'utf8' }).stdout);
      const result = await exported.compare(a, b);
      assert.ok(Math.abs(native.score - result.score) < 1e-4, `${weights}: ${native.score} against ${result.score}`);
      assert.equal(native.decision, result.decision);
    }
    await exported.dispose();
  }
  assert.ok(bytes.int8 < bytes.fp16 && bytes.fp16 < 0.7 * bytes.fp32, JSON.stringify(bytes));
});
