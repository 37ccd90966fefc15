// What a user gets: the packed tarball in an empty project, in Node and its workers, in every build tool, and from a script tag.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launchChromium, skipWithoutChromium } from './chromium.mjs';
import { serve } from './static-server.mjs';

const npm = fileURLToPath(new URL('../../npm/', import.meta.url));
const samples = fileURLToPath(new URL('../../web/samples/', import.meta.url));
const recordings = [join(samples, 'flite-slt-rain.wav'), join(samples, 'flite-awb-parcel.wav')];
const tools = fileURLToPath(new URL('node_modules/', import.meta.url));
const TOLERANCE = 1e-4;
const MAX_TARBALL_BYTES = 8e6;

const folder = mkdtempSync(join(tmpdir(), 'voiceprint-install-'));
const project = (name) => join(folder, name);
const run = (command, args, cwd) => execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const runNpm = (args, cwd) => run('npm', [...args, '--offline', '--no-audit', '--no-fund', '--loglevel=error'], cwd);

let tarball;
let expected;

before(() => {
  // dist/ is built by then; packing must not build it again.
  const [{ filename }] = JSON.parse(runNpm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], npm));
  tarball = join(folder, filename);
  install('node');
  expected = JSON.parse(run('node', ['compare.mjs', ...recordings], project('node')));
});

after(() => rmSync(folder, { recursive: true }));

/** Copies an example and installs the tarball into it, offline, with nothing else. */
function install(example) {
  cpSync(join(npm, 'examples', example), project(example), { recursive: true });
  writeFileSync(join(project(example), 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  runNpm(['install', tarball], project(example));
}

/** Lends a project a build tool that is installed here. */
function lend(example, ...names) {
  for (const name of names) symlinkSync(join(tools, name), join(project(example), 'node_modules', name));
}

/** Opens a served folder as a user would, and gives the page's answer and every request that it made. */
async function compareInBrowser(served) {
  const server = await serve(served);
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const requests = [];
    page.context().on('request', (request) => requests.push(request.url()));
    const faults = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => message.type() === 'error' && !message.text().includes('favicon') && faults.push(message.text()));
    await page.goto(`${server.origin}/`);
    await page.setInputFiles('#a', recordings[0]);
    await page.setInputFiles('#b', recordings[1]);
    await page.click('#compare');
    await page.waitForFunction(() => document.querySelector('output').textContent !== '', null, { timeout: 60_000 });
    const answer = JSON.parse(await page.textContent('output'));
    return { answer, faults, foreign: requests.filter((url) => !url.startsWith(server.origin)), requests };
  } finally {
    await browser.close();
    await server.close();
  }
}

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
    run('node', [join(npm, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'error'], project('vite'));
    assertSameAnswer(await compareInBrowser(join(project('vite'), 'dist')));
  });

  it('works in a webpack build in Chromium, without configuration', { skip: skipWithoutChromium }, async () => {
    install('webpack');
    lend('webpack', 'webpack', 'webpack-cli');
    run('node', [join(tools, 'webpack-cli', 'bin', 'cli.js')], project('webpack'));
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
