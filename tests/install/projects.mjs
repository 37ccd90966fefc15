// Empty projects with the packed tarball in them, and the pages that they build.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launchChromium } from './chromium.mjs';
import { serve } from './static-server.mjs';

export const npm = fileURLToPath(new URL('../../npm/', import.meta.url));
export const tools = fileURLToPath(new URL('node_modules/', import.meta.url));
export const samples = fileURLToPath(new URL('../../web/samples/', import.meta.url));
export const recordings = [join(samples, 'flite-slt-rain.wav'), join(samples, 'flite-awb-parcel.wav')];

export const folder = mkdtempSync(join(tmpdir(), 'voiceprint-install-'));
after(() => rmSync(folder, { recursive: true }));

export const project = (name) => join(folder, name);
export const run = (command, args, cwd, env = process.env) =>
  execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
export const runNpm = (args, cwd) => run('npm', [...args, '--offline', '--no-audit', '--no-fund', '--loglevel=error'], cwd);

/** The tarball of a package. What it holds is built by then; packing must not build it again. */
export function pack(source) {
  const [{ filename }] = JSON.parse(runNpm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], source));
  return join(folder, filename);
}

/** Copies an example and installs tarballs into it, offline, with nothing else. */
export function install(example, tarballs, name = example) {
  cpSync(join(npm, 'examples', example), project(name), { recursive: true });
  writeFileSync(join(project(name), 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  runNpm(['install', ...tarballs], project(name));
}

/** Lends a project a build tool that is installed here. */
export function lend(name, ...packages) {
  for (const tool of packages) symlinkSync(join(tools, tool), join(project(name), 'node_modules', tool));
}

/** Builds with one of the tools that are installed here. */
export const builders = {
  vite: (name) => run('node', [join(npm, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'error'], project(name)),
  webpack: (name) => {
    lend(name, 'webpack', 'webpack-cli');
    return run('node', [join(tools, 'webpack-cli', 'bin', 'cli.js')], project(name));
  },
};

/** Opens a served folder as a user would, and gives the page's answer and every request that it made. */
export async function compareInBrowser(served, search = '') {
  const server = await serve(served);
  try {
    return await compareAt(`${server.origin}/${search}`);
  } finally {
    await server.close();
  }
}

/** As `compareInBrowser`, of a page that is served already. */
export async function compareAt(address) {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const requests = [];
    page.context().on('request', (request) => requests.push(request.url()));
    const faults = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => message.type() === 'error' && !message.text().includes('favicon') && faults.push(message.text()));
    await page.goto(address);
    await page.setInputFiles('#a', recordings[0]);
    await page.setInputFiles('#b', recordings[1]);
    await page.click('#compare');
    await page.waitForFunction(() => document.querySelector('output').textContent !== '', null, { timeout: 60_000 });
    const answer = JSON.parse(await page.textContent('output'));
    const { origin } = new URL(address);
    return { answer, faults, foreign: requests.filter((url) => !url.startsWith(origin)), requests };
  } finally {
    await browser.close();
  }
}
