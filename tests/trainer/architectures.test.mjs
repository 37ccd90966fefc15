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
const bins = 80;
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
function features(batch, frames) {
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
  test(`${kind}: ONNX Runtime gives what LibTorch gives`, { skip: kind === 'redimnet2_b2' ? 'needs 72 bins' : skip }, async () => {
    const out = join(folder, kind), checkpoint = join(out, 'last.safetensors');
    run(trainer, ['train', ...small(kind), `data.pack=${join(folder, 'pack')}`, 'data.speakers_per_batch=2', 'data.min_crop_s=0.5', 'data.max_crop_s=0.5',
      'run.steps=2', 'run.threads=1', 'run.device=cpu', 'optim.precision=fp32', 'optim.average=none', '--out', out]);
    const sizes = {};
    for (const [weights, least] of [['fp32', 0.999999], ['fp16', 0.999], ['int8', 0.95]]) {
      const path = join(out, `${weights}.onnx`);
      run(trainerOnnx, ['write', checkpoint, '--weights', weights, '--out', path]);
      sizes[weights] = statSync(path).size;
      // What the file holds, back in LibTorch: the same network to rounding, whatever was folded.
      run(trainerOnnx, ['weights', path, '--out', join(out, 'back.safetensors')]);
      const session = await ort.InferenceSession.create(readFileSync(path));
      for (const [batch, frames] of [[1, 98], [3, 235], [1, 998]]) {
        const input = features(batch, frames);
        const forward = (from) => {
          const bytes = run(trainer, ['forward', '--checkpoint', from, '--batch', `${batch}`, '--frames', `${frames}`], { input: Buffer.from(input.buffer) });
          return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
        };
        const { embedding } = await session.run({ fbank: new ort.Tensor('float32', input, [batch, frames, bins]) });
        assert.deepEqual(embedding.dims, [batch, 32]);
        const written = worstCosine(embedding.data, forward(join(out, 'back.safetensors')), batch);
        assert.ok(written >= 0.99999, `${weights}, ${batch} x ${frames}: cosine ${written} to its own weights`);
        const trained = worstCosine(embedding.data, forward(checkpoint), batch);
        assert.ok(trained >= least, `${weights}, ${batch} x ${frames}: cosine ${trained} to the checkpoint`);
      }
      await session.release();
    }
    assert.ok(sizes.fp16 < sizes.fp32);
  });
}
