// Every code that the package can reject with is met by a test of its own behaviour, in Node or in Chromium.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { coreError } from '../../npm/dist/error.js';
import { dist, root } from './support.mjs';

const NOT_BY_A_USER = ['internal']; // a fault of the package

it('every error code has a test, and a line in the README', () => {
  const declared = readFileSync(join(dist, 'error.d.ts'), 'utf8');
  const codes = new Set([...declared.slice(0, declared.indexOf('export declare class')).matchAll(/["'](\w+)["']/g)].map(([, code]) => code));
  assert.ok(codes.size > 25 && codes.has(coreError(1, 'x').code));
  const self = import.meta.filename.split('/').at(-1);
  const tests = ['npm', 'browser'].flatMap((folder) => {
    const place = join(root, 'tests', folder);
    return readdirSync(place)
      .filter((name) => name.endsWith('.test.mjs') && name !== self)
      .map((name) => readFileSync(join(place, name), 'utf8'));
  });
  const readme = readFileSync(join(root, 'npm', 'README.md'), 'utf8');
  const wanted = [...codes].filter((code) => !NOT_BY_A_USER.includes(code));
  assert.deepEqual(wanted.filter((code) => !tests.some((text) => text.includes(`'${code}'`))), [], 'without a test');
  assert.deepEqual([...codes].filter((code) => !readme.includes(`\`${code}\``)), [], 'not in the README');
});
