// What a user gets: the packed tarball in an empty project, in Node and its workers, in every build tool, and from a script tag.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { skipWithoutChromium } from './chromium.mjs';
import { builders, compareInBrowser, folder, install as installInto, lend, npm, pack, project, recordings, run, samples } from './projects.mjs';

const TOLERANCE = 1e-4;
const MAX_TARBALL_BYTES = 8e6;

let tarball;
let expected;

const install = (example) => installInto(example, [tarball]);

before(() => {
  tarball = pack(npm);
  install('node');
  expected = JSON.parse(run('node', ['compare.mjs', ...recordings], project('node')));
});

function assertSameAnswer({ answer, faults, foreign, requests }) {
  assert.deepEqual(foreign, [], 'requests to another origin');
  assert.ok(requests.some((url) => /\.onnx$/.test(url)), 'the page loaded the model');
  assert.equal(answer.error, undefined, answer.message);
  assert.deepEqual(faults.filter((fault) => !/404/.test(fault)), []);
  assert.equal(answer.decision, expected.decision);
  assert.ok(Math.abs(answer.score - expected.score) <= TOLERANCE, `score ${answer.score}, in Node ${expected.score}`);
  assert.ok(Math.abs(answer.llr - expected.llr) <= 100 * TOLERANCE, `llr ${answer.llr}, in Node ${expected.llr}`);
}

describe('the packed package', () => {
  it('brings no dependency and only what it needs', () => {
    assert.deepEqual(readdirSync(join(project('node'), 'node_modules')).filter((name) => !name.startsWith('.')), ['voiceprint-wasm']);
    const installed = readdirSync(join(project('node'), 'node_modules', 'voiceprint-wasm')).sort();
    assert.deepEqual(installed, ['LICENSE', 'README.md', 'dist', 'package.json']);
  });

  it('is small, and what publint and arethetypeswrong have nothing against', () => {
    assert.ok(statSync(tarball).size <= MAX_TARBALL_BYTES, `${statSync(tarball).size} bytes`);
    const bin = (name, file) => join(npm, 'node_modules', name, file);
    run('node', [bin('publint', 'src/cli.js'), 'run', join(project('node'), 'node_modules', 'voiceprint-wasm'), '--strict', '--pack', 'false'], folder);
    // ESM only: from CommonJS, Node 20.19 and newer import it all the same.
    run('node', [bin('@arethetypeswrong/cli', 'dist/index.js'), tarball, '--profile', 'esm-only', '--exclude-entrypoints', 'package.json'], folder);
  });

  it('gives a verdict in Node', () => {
    assert.ok(['accept', 'reject', 'inconclusive'].includes(expected.decision));
    assert.ok(Number.isFinite(expected.score) && Math.abs(expected.score) <= 1);
  });

  it('runs the lines of its README', () => {
    const [, code] = readFileSync(join(npm, 'README.md'), 'utf8').match(/```js\n([\s\S]*?)```/);
    writeFileSync(join(project('node'), 'readme.mjs'), code);
    cpSync(recordings[0], join(project('node'), 'a.wav'));
    cpSync(recordings[1], join(project('node'), 'b.wav'));
    const [decision, numbers] = run('node', ['readme.mjs'], project('node')).split('\n');
    assert.equal(decision, expected.decision);
    assert.equal(Number(numbers.split(' ')[0]), expected.score);
  });

  it('installs the command', () => {
    const command = join(project('node'), 'node_modules', '.bin', 'voiceprint');
    assert.match(run(command, ['--help'], folder), /voiceprint compare A B/);
  });

  it('type-checks in a strict project with no DOM and in one with no Node', () => {
    writeFileSync(
      join(project('node'), 'use.ts'),
      `import { type Comparison, Recorder, Voiceprint, VoiceprintError } from 'voiceprint-wasm';
       const voiceprint: Voiceprint = await Voiceprint.load({ timeoutMs: 1000 });
       const comparison: Comparison = await voiceprint.compare({ samples: new Float32Array(1), sampleRateHz: 16000 }, new Uint8Array());
       export const score: number | null = comparison.score;
       export const recorder: Recorder = await Recorder.start({ voiceprint, onSpeech: (netSpeechS: number) => netSpeechS });
       export const isAborted = (error: unknown): boolean => error instanceof VoiceprintError && error.code === 'aborted';`,
    );
    const tsc = join(npm, 'node_modules', 'typescript', 'bin', 'tsc');
    for (const libraries of ['ES2023,DOM', 'ES2023,WebWorker']) {
      run('node', [tsc, 'use.ts', '--noEmit', '--strict', '--target', 'es2023', '--module', 'nodenext', '--types', '', '--lib', libraries], project('node'));
    }
  });

  it('works in a Vite build in Chromium, under a strict policy, without configuration', { skip: skipWithoutChromium }, async () => {
    install('vite');
    builders.vite('vite');
    assertSameAnswer(await compareInBrowser(join(project('vite'), 'dist')));
  });

  it('works in a webpack build in Chromium, without configuration', { skip: skipWithoutChromium }, async () => {
    install('webpack');
    builders.webpack('webpack');
    assertSameAnswer(await compareInBrowser(project('webpack')));
  });

  it('works in an esbuild build in Chromium, with its files copied', { skip: skipWithoutChromium }, async () => {
    install('esbuild');
    lend('esbuild', 'esbuild');
    run('node', ['build.js'], project('esbuild'));
    assertSameAnswer(await compareInBrowser(join(project('esbuild'), 'public')));
  });

  it('works in a worker of a Node program', () => {
    install('node-worker');
    assert.deepEqual(JSON.parse(run('node', ['main.mjs', ...recordings], project('node-worker'))), expected);
  });

  it('enrolls and identifies in Node, as its example shows', () => {
    const voice = (text) => join(samples, `flite-slt-${text}.wav`);
    const args = ['identify.mjs', 'gallery.voiceprints', 'Ada', voice('rain'), '--', voice('parcel')];
    const { match, candidates } = JSON.parse(run('node', args, project('node')));
    assert.deepEqual([match, candidates.length], ['Ada', 1]);
  });

  it('works from a script tag in Chromium, without a build', { skip: skipWithoutChromium }, async () => {
    cpSync(join(npm, 'examples', 'script-tag'), project('script-tag'), { recursive: true });
    cpSync(join(project('node'), 'node_modules', 'voiceprint-wasm', 'dist'), join(project('script-tag'), 'voiceprint-wasm'), { recursive: true });
    assertSameAnswer(await compareInBrowser(project('script-tag')));
  });
});
