// Long calls: progress, abort, time-out, disposal, and a process that ends.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Voiceprint, VoiceprintError } from '../../npm/dist/index.node.js';
import { dist, noise, rejectsWith, speechFile, temporaryFolder } from './support.mjs';

const folder = temporaryFolder();
const long = { samples: noise(16000 * 600, 0.01), sampleRateHz: 16000 };

let voiceprint;
before(async () => {
  voiceprint = await Voiceprint.load();
});
after(() => voiceprint.dispose());

describe('progress', () => {
  it('of a long recording rises from 0 to 1', async () => {
    const fractions = [];
    await voiceprint.embed(long, { onProgress: (fraction) => fractions.push(fraction) });
    assert.ok(fractions.length >= 3, `${fractions}`);
    assert.deepEqual(fractions, fractions.toSorted((a, b) => a - b));
    assert.ok(fractions.every((fraction) => fraction >= 0 && fraction <= 1));
  });

  it('of loading ends at 1', async () => {
    const fractions = [];
    const other = await Voiceprint.load({ onProgress: (fraction) => fractions.push(fraction) });
    assert.equal(fractions.at(-1), 1);
    await other.dispose();
  });
});

for (const worker of [true, false]) {
  describe(`abort, ${worker ? 'in a worker' : 'on the calling thread'}`, () => {
    let host;
    before(async () => {
      host = await Voiceprint.load({ worker });
    });
    after(() => host.dispose());

    it('before the call', async () => {
      await rejectsWith(host.embed(speechFile, { signal: AbortSignal.abort() }), 'aborted');
      await rejectsWith(Voiceprint.load({ worker, signal: AbortSignal.abort() }), 'aborted');
    });

    it('during the call, with the reason as cause, and the next call works', async () => {
      const abort = new AbortController();
      const reason = new Error('enough');
      const call = host.embed(long, { signal: abort.signal, onProgress: () => abort.abort(reason) });
      await assert.rejects(call, (error) => error instanceof VoiceprintError && error.code === 'aborted' && error.cause === reason);
      assert.equal((await host.embed(speechFile)).quality.ok, true);
    });

    it('while waiting for its turn, without disturbing the one before', async () => {
      const abort = new AbortController();
      const first = host.embed(long);
      const second = host.embed(speechFile, { signal: abort.signal });
      const third = host.embed(speechFile);
      abort.abort();
      await rejectsWith(second, 'aborted');
      assert.equal((await first).vector, null);
      assert.equal((await third).quality.ok, true);
    });

    it('stops the work soon', async () => {
      const abort = new AbortController();
      const call = host.embed(long, { signal: abort.signal, onProgress: () => abort.abort() });
      await rejectsWith(call, 'aborted');
      const start = performance.now();
      await host.embed(speechFile);
      assert.ok(performance.now() - start < 2000);
    });
  });
}

it('abort while loading', async () => {
  const abort = new AbortController();
  const loading = Voiceprint.load({ signal: abort.signal });
  setTimeout(() => abort.abort(), 20);
  await rejectsWith(loading, 'aborted');
});

describe('a worker that hangs', () => {
  const copy = join(folder, 'dist');
  const flag = join(folder, 'hang');

  // The package with a network runtime that never returns while a file lies there.
  before(() => {
    cpSync(dist, copy, { recursive: true });
    const runtime = join(copy, 'ort', 'ort.wasm.min.mjs');
    writeFileSync(join(copy, 'ort', 'real.mjs'), readFileSync(runtime));
    writeFileSync(
      runtime,
      `import { existsSync } from 'node:fs';
       export * from './real.mjs';
       import { InferenceSession as Real } from './real.mjs';
       export const InferenceSession = {
         async create(...args) {
           const session = await Real.create(...args);
           const run = session.run.bind(session);
           session.run = (inputs) => {
             while (existsSync(${JSON.stringify(flag)}));
             return run(inputs);
           };
           return session;
         },
       };`,
    );
  });

  it('is replaced: the call rejects, the ones behind it and later ones work', async () => {
    const host = await Voiceprint.load({ assetBase: pathToFileURL(copy), timeoutMs: 5000 });
    const { vector } = await host.embed(speechFile);
    writeFileSync(flag, '');
    const start = performance.now();
    const hanging = host.embed(speechFile);
    const behind = host.embed(speechFile);
    await rejectsWith(hanging, 'timeout', /5 s/);
    assert.ok(performance.now() - start < 10000);
    rmSync(flag);
    assert.deepEqual((await behind).vector, vector);
    assert.deepEqual((await host.embed(speechFile)).vector, vector);
    await host.dispose();
  });

  it('while loading rejects the load', async () => {
    writeFileSync(flag, '');
    await rejectsWith(Voiceprint.load({ assetBase: pathToFileURL(copy), timeoutMs: 3000 }), 'timeout');
    rmSync(flag);
    assert.equal(existsSync(flag), false);
  });

  it('needs a sensible time-out', async () => {
    for (const timeoutMs of [0, -1, 0.5, Number.POSITIVE_INFINITY]) {
      await rejectsWith(Voiceprint.load({ timeoutMs }), 'invalid_argument', /timeoutMs/);
    }
  });
});

it('Node has one thread for the network, and says so', () => rejectsWith(Voiceprint.load({ threads: 2 }), 'invalid_argument', /threads/));

it('a worker that cannot start is an error, not a hang', async () => {
  const copy = join(folder, 'broken');
  cpSync(dist, copy, { recursive: true });
  writeFileSync(join(copy, 'worker', 'node-worker.js'), 'syntax error');
  await rejectsWith(Voiceprint.load({ assetBase: pathToFileURL(copy) }), 'unsupported_environment', /worker: false/);
});

for (const worker of [true, false]) {
  it(`dispose ends what runs and refuses what comes, ${worker ? 'in a worker' : 'on the calling thread'}`, async () => {
    const host = await Voiceprint.load({ worker });
    const running = host.embed(long);
    const waiting = host.embed(speechFile);
    const settled = Promise.all([rejectsWith(running, 'disposed'), rejectsWith(waiting, 'disposed')]);
    await host.dispose();
    await settled;
    await rejectsWith(host.embed(speechFile), 'disposed');
    await rejectsWith(host.compare(speechFile, speechFile), 'disposed');
    await host.dispose();
  });
}

it('a program that forgets to dispose still ends', () => {
  const script = `
    const { Voiceprint } = await import(${JSON.stringify(pathToFileURL(join(dist, 'index.node.js')).href)});
    const voiceprint = await Voiceprint.load();
    console.log((await voiceprint.embed(${JSON.stringify(speechFile)})).quality.ok);`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', timeout: 20000 });
  assert.equal(output, 'true\n');
});

it('hundreds of recordings do not make the core grow', async () => {
  const { Core } = await import('../../npm/dist/core/module.js');
  const { FrontEnd } = await import('../../npm/dist/core/front-end.js');
  const { parseManifest } = await import('../../npm/dist/model/manifest.js');
  const manifest = parseManifest(JSON.parse(readFileSync(join(dist, 'models', 'voiceprint-small', 'manifest.json'), 'utf8')));
  const core = await Core.instantiate(new Uint8Array(readFileSync(join(dist, 'voiceprint.wasm'))));
  const samples = noise(16000 * 4, 0.1);
  const listen = () => {
    const frontEnd = new FrontEnd(core, manifest.frontEnd, 44100);
    frontEnd.push(samples);
    frontEnd.finish();
    frontEnd.quality(manifest.qualityLimits);
    frontEnd.dispose();
  };
  for (let i = 0; i < 10; i++) listen();
  const size = core.c.memory.buffer.byteLength;
  for (let i = 0; i < 200; i++) listen();
  assert.equal(core.c.memory.buffer.byteLength, size);
});

it('ten thousand calls about a gallery leave the core and the heap as they were', async () => {
  const { Core } = await import('../../npm/dist/core/module.js');
  const { HeldGalleries } = await import('../../npm/dist/gallery/held-galleries.js');
  const { TrialScorer } = await import('../../npm/dist/core/trial-scorer.js');
  const { parseManifest } = await import('../../npm/dist/model/manifest.js');
  const { loadModel } = await import('../../npm/dist/model/load-model.js');
  const { nodeEngine } = await import('../../npm/dist/platform/node-engine.js');
  const folder = pathToFileURL(join(dist, 'models', 'voiceprint-small', 'manifest.json')).href;
  const { manifest, cohort } = await loadModel({ manifestUrl: folder, onnxUrl: null, cohortUrl: null }, nodeEngine, { signal: new AbortController().signal });
  assert.deepEqual(manifest, parseManifest(JSON.parse(readFileSync(join(dist, 'models', 'voiceprint-small', 'manifest.json'), 'utf8'))));
  const core = await Core.instantiate(new Uint8Array(readFileSync(join(dist, 'voiceprint.wasm'))));
  const galleries = new HeldGalleries(core, manifest, new TrialScorer(core, manifest, cohort));
  const probe = await voiceprint.embed(speechFile);
  const { netSpeechS, snrDb, bandwidthHz } = probe.quality;
  const embedding = { vector: probe.vector, addedMs: 1, netSpeechS, snrDb, bandwidthHz, isAdapted: false };
  const options = { targetFalseAlarmRate: null, pTarget: null };
  const key = { id: 'a', revision: '1' };
  const edit = (bytes, change) => galleries.run({ kind: 'edit', bytes, precision: 'float32', edit: change });
  const { bytes } = edit(null, { kind: 'enroll', name: 'Ada', embeddings: [embedding], existing: 'refuse' });
  const calls = [
    () => galleries.run({ kind: 'hold', key, bytes, precision: 'float32' }),
    () => galleries.run({ kind: 'query', key, query: { kind: 'identify', probe, top: 5, options } }),
    () => galleries.run({ kind: 'query', key, query: { kind: 'verify', name: 'Ada', probe, options } }),
    () => galleries.run({ kind: 'query', key, query: { kind: 'export', names: ['Ada'] } }),
    () => galleries.run({ kind: 'ask', files: [bytes, bytes.slice()], precision: 'float32', query: { kind: 'list' } }), // refused: twice the same name
    () => edit(bytes, { kind: 'rename', from: 'Ada', to: 'Augusta' }),
    () => edit(bytes, { kind: 'remove', name: 'nobody' }), // refused
    () => edit(bytes.slice(0, 100), { kind: 'remove', name: 'Ada' }), // refused
    () => galleries.run({ kind: 'consistency', utterance: probe, previous: [probe.vector] }),
    () => galleries.run({ kind: 'query', key: { id: 'b', revision: '1' }, query: { kind: 'list' } }),
  ];
  const round = () => calls.forEach((call) => {
    try {
      call();
    } catch (error) {
      assert.ok(error instanceof VoiceprintError, String(error));
    }
  });
  for (let i = 0; i < 50; i++) round();
  const wasm = core.c.memory.buffer.byteLength;
  const heap = process.memoryUsage().heapUsed;
  for (let i = 0; i < 1000; i++) round();
  assert.equal(core.c.memory.buffer.byteLength, wasm);
  const grown = process.memoryUsage().heapUsed - heap;
  assert.ok(grown < 50e6, `the heap grew by ${grown} bytes`);
});
