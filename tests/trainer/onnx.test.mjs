// The shipped model, three ways: LibTorch (trainer), ONNX Runtime raw, and the npm package. They must agree.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
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

let voiceprint;
before(async () => {
  const { Voiceprint } = await import(pathToFileURL(join(dist, 'index.node.js')));
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
  delete manifest.calibration.scale;
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  run = compare();
  assert.match(run.stderr, /manifest\.json: calibration\.scale is missing/);
});
