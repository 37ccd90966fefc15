// The packed tarball in a Next.js application: a client component, built and served as users do.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { skipWithoutChromium } from './chromium.mjs';
import { compareAt, install, npm, pack, project, recordings, run, runNpm, tools } from './projects.mjs';

const next = join(tools, 'next', 'dist', 'bin', 'next');
const skip = skipWithoutChromium || (!existsSync(next) && 'Next.js is not installed: npm ci in tests/install');
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };
const TOLERANCE = 1e-4;

/** Beside the tools: Turbopack follows no link out of the folder that holds a project's packages. */
const site = skip ? null : mkdtempSync(join(dirname(fileURLToPath(import.meta.url)), '.next-'));

let expected;
before(() => {
  if (skip) return;
  const tarball = pack(npm);
  install('node', [tarball]);
  expected = JSON.parse(run('node', ['compare.mjs', ...recordings], project('node')));
  cpSync(join(npm, 'examples', 'next', 'app'), join(site, 'app'), { recursive: true });
  writeFileSync(join(site, 'package.json'), JSON.stringify({ private: true }));
  runNpm(['install', '--no-package-lock', tarball], site);
});
after(() => site && rmSync(site, { recursive: true }));

async function freePort() {
  const server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

/** Serves the build until `use` is done. */
async function withServer(use) {
  const port = await freePort();
  const server = spawn(process.execPath, [next, 'start', '--port', String(port)], { cwd: site, env, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    for await (const text of server.stdout) if (/Ready/.test(text)) break;
    return await use(`http://localhost:${port}/`);
  } finally {
    server.kill();
  }
}

it('works in a Next.js application, without configuration', { skip }, async () => {
  run('node', [next, 'build'], site, env);
  const { answer, faults, foreign, requests } = await withServer(compareAt);
  assert.equal(answer.error, undefined, answer.message);
  assert.deepEqual(foreign, [], 'requests to another origin');
  assert.deepEqual(faults.filter((fault) => !/404/.test(fault)), [], 'but for the icon that the example has not');
  assert.ok(requests.some((url) => /\.onnx$/.test(url)), 'the page loaded the model');
  assert.equal(answer.decision, expected.decision);
  assert.ok(Math.abs(answer.score - expected.score) <= TOLERANCE, `score ${answer.score}, in Node ${expected.score}`);
});
