// The larger model, a package of its own: fetched where it is asked for, by every build tool, and nowhere else.
// Until it is in models/, a stand-in takes its place: the bundled model with another calibration, so that answers differ.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { linearManifest, root, untimed } from '../npm/support.mjs';
import { skipWithoutChromium } from './chromium.mjs';
import { builders, compareInBrowser, folder, install, npm, pack, project, recordings, run } from './projects.mjs';

const MAX_TARBALL_BYTES = 8e6;
const standIn = project('stand-in-model');
const manifest = { ...linearManifest(), name: 'voiceprint-base' };
const buildBase = (into, model) =>
  run('node', [join(npm, 'scripts', 'build-base.mjs'), into], folder, { ...process.env, VOICEPRINT_BASE_MODEL_DIR: model });

let tarballs;
let expected;

const command = () => join(project('node'), 'node_modules', '.bin', 'voiceprint');
const compareInNode = (...options) => {
  try {
    return untimed(JSON.parse(run(command(), ['compare', ...recordings, '--json', ...options], project('node'))));
  } catch (error) {
    return untimed(JSON.parse(error.stdout)); // reject and inconclusive have exit statuses of their own
  }
};

before(() => {
  mkdirSync(standIn);
  cpSync(join(npm, 'dist', 'models', 'voiceprint-small', 'model.onnx'), join(standIn, 'model.onnx'));
  writeFileSync(join(standIn, 'manifest.json'), JSON.stringify(manifest));
  cpSync(join(npm, 'base'), project('base'), { recursive: true });
  buildBase(project('base'), standIn);
  tarballs = [pack(npm), pack(project('base'))];
  install('node', tarballs);
  expected = compareInNode('--model', 'base');
});

/** The example with the README's way to ask for the base model, where the page's address says so. */
function installWithChoice(example) {
  const name = `${example}-with-base`;
  install(example, tarballs, name);
  const path = join(project(name), 'main.js');
  const [, snippet] = readFileSync(join(npm, 'README.md'), 'utf8').match(/(import \{ baseModel \}.*\n)/);
  const code = readFileSync(path, 'utf8');
  assert.ok(code.includes('Voiceprint.load()'));
  const chosen = "Voiceprint.load(location.search === '?base' ? { model: baseModel } : {})";
  writeFileSync(path, snippet + code.replace('Voiceprint.load()', chosen));
  return name;
}

const requestsOfBase = (requests, models) => requests.filter((url) => models.some((name) => new URL(url).pathname.endsWith(`/${name}`)));

describe('the base model', () => {
  it('is chosen by --model, and answers otherwise than the small one, which is the default', () => {
    assert.deepEqual(compareInNode('--model', 'small'), compareInNode());
    assert.equal(expected.asNorm, null, 'the stand-in normalises nothing');
    assert.notEqual(compareInNode().llr, expected.llr);
    assert.match(run(command(), ['--version', '--model', 'base'], project('node')), /^voiceprint-base /m);
  });

  it('is loaded in Node by the lines of both READMEs', () => {
    const linesOf = (readme) => readFileSync(join(npm, readme), 'utf8').match(/```js\n([^`]*import \{ baseModel \}[^`]*)```/)[1];
    assert.equal(linesOf('README.md'), linesOf('base/README.md'));
    const then = `console.log(voiceprint.model.name, (await voiceprint.compare(...${JSON.stringify(recordings)})).llr);
       await voiceprint.dispose();`;
    writeFileSync(join(project('node'), 'base.mjs'), linesOf('README.md') + then);
    assert.equal(run('node', ['base.mjs'], project('node')), `voiceprint-base ${expected.llr}\n`);
  });

  it('that is not installed is an error that tells the cure', () => {
    const name = 'without-base';
    install('node', [tarballs[0]], name);
    assert.throws(
      () => run(join(project(name), 'node_modules', '.bin', 'voiceprint'), ['compare', ...recordings, '--model', 'base'], project(name)),
      ({ status, stderr }) => status === 3 && /npm install voiceprint-wasm-base/.test(stderr) && /model_not_found/.test(stderr),
    );
  });

  it('is a package that publint and arethetypeswrong have nothing against', () => {
    const bin = (name, file) => join(npm, 'node_modules', name, file);
    run('node', [bin('publint', 'src/cli.js'), 'run', join(project('node'), 'node_modules', 'voiceprint-wasm-base'), '--strict', '--pack', 'false'], folder);
    run('node', [bin('@arethetypeswrong/cli', 'dist/index.js'), tarballs[1], '--profile', 'esm-only', '--exclude-entrypoints', 'package.json'], folder);
  });

  it('type-checks', () => {
    writeFileSync(
      join(project('node'), 'base.ts'),
      `import { Voiceprint } from 'voiceprint-wasm';
       import { baseModel } from 'voiceprint-wasm-base';
       export const voiceprint: Voiceprint = await Voiceprint.load({ model: baseModel });`,
    );
    const tsc = join(npm, 'node_modules', 'typescript', 'bin', 'tsc');
    run('node', [tsc, 'base.ts', '--noEmit', '--strict', '--target', 'es2023', '--module', 'nodenext', '--types', '', '--lib', 'ES2023,DOM'], project('node'));
  });

  for (const [example, output] of [['vite', 'dist/assets'], ['webpack', 'dist']]) {
    it(`is fetched in a ${example} build only when asked for`, { skip: skipWithoutChromium }, async () => {
      const name = installWithChoice(example);
      builders[example](name);
      const served = example === 'vite' ? join(project(name), 'dist') : project(name);
      const built = join(project(name), output);
      const networks = readdirSync(built).filter((file) => file.endsWith('.onnx'));
      assert.equal(networks.length, 1, 'the stand-in has the bytes of the small network, and build tools keep equal files once');
      const manifests = readdirSync(built).filter((file) => file.endsWith('.json'));
      const ofBase = manifests.filter((file) => JSON.parse(readFileSync(join(built, file), 'utf8')).name === 'voiceprint-base');
      assert.equal(ofBase.length, 1, 'as a file of its own, not inlined');

      const small = await compareInBrowser(served);
      assert.deepEqual([small.answer.error, requestsOfBase(small.requests, ofBase)], [undefined, []]);
      const base = await compareInBrowser(served, '?base');
      assert.equal(requestsOfBase(base.requests, ofBase).length, 1);
      assert.deepEqual(base.faults, []);
      assert.ok(Math.abs(base.answer.llr - expected.llr) <= 1e-2, `llr ${base.answer.llr}, in Node ${expected.llr}`);
    });
  }

  it('works without a build tool, by the folder that a copy of its dist/ is', { skip: skipWithoutChromium }, async () => {
    const site = project('script-tag');
    cpSync(join(npm, 'examples', 'script-tag'), site, { recursive: true });
    const installed = (name) => join(project('node'), 'node_modules', name, 'dist');
    cpSync(installed('voiceprint-wasm'), join(site, 'voiceprint-wasm'), { recursive: true });
    cpSync(installed('voiceprint-wasm-base'), join(site, 'voiceprint-wasm-base'), { recursive: true });
    const path = join(site, 'main.js');
    const code = readFileSync(path, 'utf8').replace('Voiceprint.load()', "Voiceprint.load({ model: './voiceprint-wasm-base/' })");
    writeFileSync(path, code);
    const { answer, faults } = await compareInBrowser(site);
    assert.deepEqual([answer.error, faults], [undefined, []]);
    assert.ok(Math.abs(answer.llr - expected.llr) <= 1e-2);
  });

  it('of which a file is missing is not built', () => {
    const incomplete = project('incomplete-model');
    mkdirSync(incomplete);
    writeFileSync(join(incomplete, 'manifest.json'), JSON.stringify(manifest));
    assert.throws(() => buildBase(project('base'), incomplete), ({ stderr }) => /model\.onnx is missing: train and export a model/.test(stderr));
  });

  const shipped = join(root, 'npm', 'base', 'dist');
  it('in models/ makes a small package that loads', { skip: !existsSync(shipped) && 'models/voiceprint-base is not there' }, () => {
    const tarball = pack(join(npm, 'base'));
    assert.ok(statSync(tarball).size <= MAX_TARBALL_BYTES, `${statSync(tarball).size} bytes`);
    install('node', [tarballs[0], tarball], 'shipped-base');
    const { name } = JSON.parse(readFileSync(join(shipped, 'manifest.json'), 'utf8'));
    assert.match(run(join(project('shipped-base'), 'node_modules', '.bin', 'voiceprint'), ['--version', '--model', 'base'], folder), new RegExp(`^${name} `, 'm'));
  });
});
