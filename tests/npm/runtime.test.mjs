// Programs that carry the WebAssembly themselves, or bring an ONNX Runtime of their own.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, it } from 'node:test';
import { Voiceprint } from '../../npm/dist/index.node.js';
import { dist, otherSpeechFile, rejectsWith, speechFile, temporaryFolder, untimed } from './support.mjs';

const folder = temporaryFolder();
const bytesOf = (file) => new Uint8Array(readFileSync(join(dist, file)));
const core = bytesOf('voiceprint.wasm');
const ort = bytesOf('ort/ort-wasm-simd-threaded.wasm');

/** A copy of dist/ without these files. */
function distWithout(name, ...files) {
  const copy = join(folder, name);
  cpSync(dist, copy, { recursive: true });
  for (const file of files) rmSync(join(copy, file), { recursive: true });
  return copy;
}

async function compare(options) {
  const voiceprint = await Voiceprint.load(options);
  const result = untimed(await voiceprint.compare(speechFile, otherSpeechFile));
  await voiceprint.dispose();
  return result;
}

const expected = await compare({});
const manifest = JSON.parse(readFileSync(join(dist, 'models', 'voiceprint-small', 'manifest.json'), 'utf8'));

describe('wasmBinary', () => {
  const assetBase = distWithout('no-wasm', 'voiceprint.wasm', 'ort/ort-wasm-simd-threaded.wasm');
  for (const worker of [true, false]) {
    it(`takes the place of the package's files, ${worker ? 'in a worker' : 'on the calling thread'}`, async () => {
      await rejectsWith(Voiceprint.load({ assetBase, worker }), 'network', /is missing/);
      assert.deepEqual(await compare({ assetBase, worker, wasmBinary: { core, ort } }), expected);
      assert.deepEqual([core.length, ort.length], [bytesOf('voiceprint.wasm').length, bytesOf('ort/ort-wasm-simd-threaded.wasm').length], 'still the caller’s');
    });
  }

  it('leaves the rest to be fetched', async () => {
    await rejectsWith(Voiceprint.load({ assetBase, wasmBinary: { core } }), 'network', /ort-wasm-simd-threaded\.wasm is missing/);
    assert.deepEqual(await compare({ wasmBinary: { core } }), expected);
  });

  it('is refused where it is none', async () => {
    await rejectsWith(Voiceprint.load({ wasmBinary: { core: 'voiceprint.wasm' } }), 'invalid_argument', /wasmBinary\.core/);
    await rejectsWith(Voiceprint.load({ wasmBinary: { ort: [1, 2] } }), 'invalid_argument', /wasmBinary\.ort/);
    await rejectsWith(Voiceprint.load({ wasmBinary: { core: new Uint8Array(8) } }), 'unsupported_environment', /voiceprint\.wasm/);
    await rejectsWith(Voiceprint.load({ wasmBinary: { ort: new Uint8Array(8) } }), 'unsupported_environment', /ONNX Runtime/);
  });
});

describe('ort', () => {
  it("runs the network by the caller's ONNX Runtime, and the package's own is not read", async () => {
    const runtime = await import(pathToFileURL(createRequire(join(dist, '..', 'package.json')).resolve('onnxruntime-web')).href);
    const module = runtime.InferenceSession ? runtime : runtime.default;
    module.env.wasm.numThreads = 1;
    const { score, llr, ...rest } = await compare({ assetBase: distWithout('no-ort', 'ort'), worker: false, ort: module });
    assert.ok(Math.abs(score - expected.score) < 1e-5, `${score}, by the own runtime ${expected.score}`);
    assert.ok(Math.abs(llr - expected.llr) < 1e-3);
    assert.equal(rest.decision, expected.decision);
  });

  it('is refused in a worker, and where it is none', async () => {
    const none = { InferenceSession: { create: () => {} }, Tensor: class {} };
    await rejectsWith(Voiceprint.load({ ort: none }), 'invalid_argument', /worker: false/);
    for (const ort of [{}, { InferenceSession: {} }, { ...none, Tensor: null }]) {
      await rejectsWith(Voiceprint.load({ ort, worker: false }), 'invalid_argument', /InferenceSession and Tensor/);
    }
  });

  it('that cannot read the model, or runs it otherwise, is an error', async () => {
    const failing = { InferenceSession: { create: async () => { throw new Error('no such operator'); } }, Tensor: class {} };
    await rejectsWith(Voiceprint.load({ ort: failing, worker: false }), 'model_corrupt', /no such operator/);
    const session = { inputNames: ['fbank'], outputNames: ['embedding'], run: async () => ({ embedding: { data: new Float32Array(3) } }), release: async () => {} };
    const wrong = { InferenceSession: { create: async () => session }, Tensor: class {} };
    await rejectsWith(Voiceprint.load({ ort: wrong, worker: false }), 'model_corrupt', new RegExp(`3 values instead of ${manifest.tensors.embedding_dim}`));
  });
});
