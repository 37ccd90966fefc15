// The examples of both READMEs, run as they are printed: in Node and in a page.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { launchChromium, skipWithoutChromium } from '../install/chromium.mjs';
import { serve } from '../install/static-server.mjs';
import { dist, readWav16, root, temporaryFolder, wav16 } from './support.mjs';

const blocksOf = (readme) => Array.from(readFileSync(join(root, readme), 'utf8').matchAll(/```js\n([\s\S]*?)```/g), ([, code]) => code);
const [compareCode, , galleryCode, liveCode] = blocksOf('npm/README.md');
const sample = (voice, text) => join(root, 'web', 'samples', `${voice}-${text}.wav`);
const files = { 'a.wav': sample('flite-slt', 'rain'), 'b.wav': sample('flite-slt', 'parcel'), 'c.wav': join(root, 'tests', 'data', 'speech_flite.wav') };

const folder = temporaryFolder();
for (const [name, file] of Object.entries(files)) copyFileSync(file, join(folder, name));

/** The example as a program in a folder where the package is installed; its lines of output. */
function runInNode(name, code) {
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  try {
    symlinkSync(join(root, 'npm'), join(folder, 'node_modules', 'voiceprint-wasm'));
  } catch {} // from the example before
  writeFileSync(join(folder, name), code);
  return execFileSync(process.execPath, [name], { cwd: folder, encoding: 'utf8' }).trimEnd().split('\n');
}

/** The same in a page that names the package by an import map; `isDone(lines)` ends it. */
async function runInPage(code, isDone, flags = []) {
  const site = join(folder, 'site');
  cpSync(dist, join(site, 'voiceprint-wasm'), { recursive: true });
  for (const [name, file] of Object.entries(files)) copyFileSync(file, join(site, name));
  writeFileSync(join(site, 'example.js'), code);
  const map = JSON.stringify({ imports: { 'voiceprint-wasm': './voiceprint-wasm/index.js' } });
  writeFileSync(join(site, 'index.html'), `<!doctype html><title>README</title><script type="importmap">${map}</script><button>start</button>`);
  const server = await serve(site, "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; worker-src 'self' blob:");
  const browser = await launchChromium(flags);
  try {
    const page = await browser.newPage();
    const lines = [];
    const done = new Promise((resolve, reject) => {
      page.on('console', (message) => {
        if (message.type() === 'log') lines.push(message.text());
        if (isDone(lines)) resolve(lines);
      });
      page.on('pageerror', reject);
      setTimeout(() => reject(new Error(`the page only said ${JSON.stringify(lines)}`)), 60_000).unref();
    });
    await page.goto(`${server.origin}/`);
    await page.click('button'); // browsers open microphones only where somebody is
    await page.addScriptTag({ type: 'module', url: '/example.js' });
    return await done;
  } finally {
    await browser.close();
    await server.close();
  }
}

const prelude = `const recordings = ['a.wav', 'b.wav', 'c.wav'];\nconst recording = 'c.wav';\n`;
const inNode = (code) => code.replace('indexedDbStore, Voiceprint', 'fileStore, Voiceprint').replace('indexedDbStore()', "fileStore('family.voiceprints')");

/** Three accepted utterances, the decision and the name. */
function assertGalleryLines(lines) {
  assert.deepEqual(lines.slice(0, 3).map((line) => line.split(' ')[0]), ['true', 'true', 'true'], lines.join('\n'));
  assert.match(lines[2], / 100$/);
  assert.deepEqual(lines.slice(3, 5), ['accept', 'Ada']);
}

describe('the README’s first example', () => {
  it('is the same in both READMEs, and ten lines', () => {
    assert.equal(blocksOf('README.md')[0], compareCode);
    assert.equal(compareCode.trimEnd().split('\n').length, 10);
  });

  it('runs in Node and, line by line alike, in a page', { skip: skipWithoutChromium }, async () => {
    const lines = runInNode('compare.mjs', compareCode);
    assert.equal(lines[0], 'accept');
    const inPage = await runInPage(compareCode, (said) => said.length === 4);
    assert.equal(inPage[0], lines[0]);
    for (const i of [1, 2]) {
      const [expected, actual] = [lines[i], inPage[i]].map((line) => line.split(' ').map(Number));
      expected.forEach((value, k) => assert.ok(Math.abs(actual[k] - value) < 1e-2, `${inPage[i]}, in Node ${lines[i]}`));
    }
  });
});

describe('the README’s gallery', () => {
  it('runs in Node, with the store that its comment names', () => {
    assertGalleryLines(runInNode('gallery.mjs', inNode(prelude + galleryCode)));
  });

  it('runs in a page, and who speaks now after it', { skip: skipWithoutChromium }, async () => {
    const microphone = join(folder, 'microphone.wav');
    writeFileSync(microphone, wav16(readWav16(files['c.wav'])));
    const flags = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-audio-capture=${microphone}`];
    const code = `import { Recorder } from 'voiceprint-wasm';\n${prelude}${galleryCode}${liveCode}`;
    const lines = await runInPage(code, (said) => said.length > 5 && said.slice(5).includes('Ada'), flags);
    assertGalleryLines(lines);
  });
});
