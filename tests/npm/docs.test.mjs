// The API reference: made from the doc comments without a warning, with everything that the package exports.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { root, temporaryFolder } from './support.mjs';

const docs = join(root, 'npm', 'docs');
const typedoc = join(docs, 'node_modules', 'typedoc', 'bin', 'typedoc');
const skip = !existsSync(typedoc) && 'TypeDoc is not installed: npm ci in npm/docs';

it('the API reference names and explains every export', { skip }, () => {
  const folder = temporaryFolder();
  const json = join(folder, 'api.json');
  const { status, stdout, stderr } = spawnSync(process.execPath, [typedoc, '--json', json, '--html', join(folder, 'html')], { cwd: docs, encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
  const { children: modules } = JSON.parse(readFileSync(json, 'utf8'));
  const names = new Set(modules.flatMap(({ children }) => children.map(({ name }) => name)));
  for (const name of ['Voiceprint', 'Recorder', 'Gallery', 'EnrollmentSession', 'LiveIdentifier', 'GalleryStore', 'fileStore', 'indexedDbStore', 'encryptedStore', 'pgvectorDatabase', 'VoiceprintError']) {
    assert.ok(names.has(name), name);
  }
  const find = (name) => modules.flatMap(({ children }) => children).find((child) => child.name === name && child.children);
  const unexplained = find('Gallery').children.filter(({ signatures }) => !signatures?.[0]?.comment).map(({ name }) => name);
  assert.deepEqual(unexplained, []);
  assert.ok(existsSync(join(folder, 'html', 'index.html')));
});
