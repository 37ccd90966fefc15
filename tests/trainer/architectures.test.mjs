// Every architecture, as ONNX in ONNX Runtime against LibTorch: trained for two steps (so that batch statistics are not
// those of the start), written in every weight type, run at three lengths and two batch sizes.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { dist, otherSpeechFile, root, speechFile, temporaryFolder } from '../npm/support.mjs';

const programs = process.env.VOICEPRINT_TRAINER_DIR ?? join(root, 'build', 'trainer', 'trainer');
const trainer = join(programs, 'trainer');
const trainerOnnx = join(programs, 'trainer-onnx');
const built = existsSync(trainer) && existsSync(trainerOnnx);
const skip = built ? false : `the trainer is not built (${trainer})`;
const run = (program, words, options = {}) => execFileSync(program, words, { stdio: ['pipe', 'pipe', 'ignore'], ...options });
const kinds = built ? run(trainer, ['models'], { encoding: 'utf8' }).trim().split('\n').map((line) => line.split(' ')[0]) : [];
/** The smallest of each: what is compared is the graph, not its width. */
const overTime = /^(ecapa|tdnn|x_vector)/;
const small = (kind) => [
  `model.kind=${kind}`,
  `model.channels=${overTime.test(kind) ? 32 : kind.startsWith('redimnet') ? 6 : 4}`,
  ...(/^redimnet2_b[12]/.test(kind) ? [] : ['model.mfa_channels=48']),
  'model.embedding_dim=32', 'model.base_width=64', 'model.growth=8', 'model.attention_channels=16', 'model.se_channels=16',
];
/** Batch and frames: 1, 2.37 and 10 s. */
const shapes = [[1, 98], [3, 235], [1, 998]];
const folder = built ? temporaryFolder() : '';
let ort;

before(async () => {
  if (!built) return;
  ort = await import(pathToFileURL(join(dist, 'ort', 'ort.wasm.min.mjs')).href);
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmBinary = readFileSync(join(dist, 'ort', 'ort-wasm-simd-threaded.wasm'));
  writeFileSync(join(folder, 'list.txt'), `${speechFile}\ta\n${otherSpeechFile}\tb\n`);
  run(trainer, ['prepare', join(folder, 'list.txt'), '--root', '/', '--out', join(folder, 'pack')]);
});

/** Pseudo-random features, the same for both sides. */
function features(batch, frames, bins) {
  let state = 7 + frames;
  return Float32Array.from({ length: batch * frames * bins }, () => 4 * ((state = (state * 48271) % 2147483647) / 2147483647 - 0.5));
}

function worstCosine(a, b, rows) {
  const dimension = a.length / rows;
  let worst = 1;
  for (let row = 0; row < rows; row++) {
    let dot = 0, aa = 0, bb = 0;
    for (let i = row * dimension; i < (row + 1) * dimension; i++) (dot += a[i] * b[i]), (aa += a[i] * a[i]), (bb += b[i] * b[i]);
    worst = Math.min(worst, dot / Math.sqrt(aa * bb));
  }
  return worst;
}

for (const kind of kinds) {
  const bins = kind === 'redimnet2_b2' ? 72 : 80;
  test(`${kind}: ONNX Runtime gives what LibTorch gives`, { skip }, async () => {
    const out = join(folder, kind);
    const checkpoint = join(out, 'last.safetensors');
    run(trainer, ['train', ...small(kind), `features.num_mel_bins=${bins}`, `data.pack=${join(folder, 'pack')}`, 'data.speakers_per_batch=2', 'data.min_crop_s=0.5',
      'data.max_crop_s=0.5', 'run.steps=2', 'run.threads=1', 'run.device=cpu', 'optim.precision=fp32', 'optim.average=none', '--out', out]);
    const forward = (from, batch, frames) => {
      const input = Buffer.from(features(batch, frames, bins).buffer);
      const bytes = run(trainer, ['forward', '--checkpoint', from, '--batch', `${batch}`, '--frames', `${frames}`], { input });
      return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    };
    const trained = shapes.map(([batch, frames]) => forward(checkpoint, batch, frames));
    const sizes = {};
    for (const [weights, least] of [['fp32', 0.999999], ['fp16', 0.999], ['int8', 0.95]]) {
      const path = join(out, `${weights}.onnx`);
      run(trainerOnnx, ['write', checkpoint, '--weights', weights, '--out', path]);
      sizes[weights] = statSync(path).size;
      const session = await ort.InferenceSession.create(readFileSync(path));
      const embed = async ([batch, frames]) => {
        const { embedding } = await session.run({ fbank: new ort.Tensor('float32', features(batch, frames, bins), [batch, frames, bins]) });
        assert.deepEqual(embedding.dims, [batch, 32]);
        return embedding.data;
      };
      for (const [i, shape] of shapes.entries()) {
        const cosine = worstCosine(await embed(shape), trained[i], shape[0]);
        assert.ok(cosine >= least, `${weights}, ${shape}: cosine ${cosine} to the checkpoint`);
      }
      // What the file holds, back in LibTorch: the same network, whatever was folded and rounded.
      run(trainerOnnx, ['weights', path, '--out', join(out, 'back.safetensors')]);
      const cosine = worstCosine(await embed(shapes[1]), forward(join(out, 'back.safetensors'), ...shapes[1]), shapes[1][0]);
      assert.ok(cosine >= 0.99999, `${weights}: cosine ${cosine} to its own weights`);
      await session.release();
    }
    assert.ok(sizes.fp16 < sizes.fp32);
  });
}

test('networks side by side: ONNX Runtime gives what LibTorch gives', { skip }, async () => {
  const out = join(folder, 'joined');
  const parts = [1, 2].map((seed) => {
    run(trainer, ['train', ...small('ecapa_tdnn'), `run.seed=${seed}`, `data.pack=${join(folder, 'pack')}`, 'data.speakers_per_batch=2', 'data.min_crop_s=0.5',
      'data.max_crop_s=0.5', 'run.steps=2', 'run.threads=1', 'run.device=cpu', 'optim.precision=fp32', '--out', `${out}-${seed}`]);
    return join(`${out}-${seed}`, 'last.safetensors');
  });
  const checkpoint = join(folder, 'joined.safetensors');
  run(trainer, ['join', ...parts, '--out', checkpoint]);
  const path = `${join(folder, 'joined')}.onnx`;
  run(trainerOnnx, ['write', checkpoint, '--weights', 'fp32', '--out', path]);
  const session = await ort.InferenceSession.create(readFileSync(path));
  for (const [batch, frames] of shapes) {
    const input = features(batch, frames, 80);
    const { embedding } = await session.run({ fbank: new ort.Tensor('float32', input, [batch, frames, 80]) });
    assert.deepEqual(embedding.dims, [batch, 64]);
    const bytes = run(trainer, ['forward', '--checkpoint', checkpoint, '--batch', `${batch}`, '--frames', `${frames}`], { input: Buffer.from(input.buffer) });
    const cosine = worstCosine(embedding.data, new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)), batch);
    assert.ok(cosine >= 0.999999, `${batch} x ${frames}: cosine ${cosine}`);
  }
  await session.release();
});

/** The tensors of a safetensors file by name. */
function tensors(path) {
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
  return (name) => {
    const [begin, end] = header[name].data_offsets;
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset + 8 + length + begin, bytes.byteOffset + 8 + length + end));
  };
}

test('the head is an ONNX file of its own: cosines to the nearest sub-center of each class', { skip }, async () => {
  const out = join(folder, 'head');
  run(trainer, ['train', ...small('ecapa_tdnn'), 'loss.sub_centers=3', `data.pack=${join(folder, 'pack')}`, 'data.speakers_per_batch=2', 'data.min_crop_s=0.5',
    'data.max_crop_s=0.5', 'run.steps=2', 'run.threads=1', 'run.device=cpu', 'optim.precision=fp32', '--out', out]);
  run(trainerOnnx, ['head', join(out, 'last.safetensors'), '--out', join(out, 'head.onnx')]);
  const session = await ort.InferenceSession.create(readFileSync(join(out, 'head.onnx')));
  const embedding = features(2, 1, 32);
  const { cosine } = await session.run({ embedding: new ort.Tensor('float32', embedding, [2, 32]) });
  assert.deepEqual(cosine.dims, [2, 2]);
  const weight = tensors(join(out, 'last.safetensors'))('head/weight');
  for (let row = 0; row < 2; row++) {
    for (let speaker = 0; speaker < 2; speaker++) {
      let best = -Infinity;
      for (let k = 0; k < 3; k++) {
        let dot = 0, square = 0;
        for (let i = 0; i < 32; i++) {
          const w = weight[(speaker * 3 + k) * 32 + i];
          dot += w * embedding[row * 32 + i];
          square += w * w;
        }
        best = Math.max(best, dot / Math.sqrt(square));
      }
      assert.ok(Math.abs(cosine.data[row * 2 + speaker] - best) < 1e-5);
    }
  }
});
