// embed and compare as a user calls them: in a worker, one thread, warm; and the first verdict of a page that was never opened before.
import { copyFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Voiceprint } from '../../npm/dist/index.node.js';
import { launchChromium } from '../install/chromium.mjs';
import { serve } from '../install/static-server.mjs';
import { median } from './clock.mjs';
import { recording } from './recordings.mjs';
import { timeCalls } from './time-calls.mjs';

const LENGTHS_S = [2, 5, 20];
/** Without a folder of models/: the bundled model. */
const CASES = [...LENGTHS_S.map((seconds) => ({ seconds })), { seconds: 2, model: 'voiceprint-base' }];
const CALLS = 9;
const COLD_STARTS = 5;
const COLD_START_LENGTH_S = 5;

/** Median seconds of embed and compare for each of CASES: [{ seconds, model?, embed, compare }]. */
export async function measureNode() {
  const results = [];
  for (const { seconds, model } of CASES) {
    const voiceprint = await Voiceprint.load(model && { model: new URL(`../../models/${model}/`, import.meta.url) });
    results.push({ seconds, model, ...(await timeCalls(voiceprint, recording(seconds), recording(seconds, 1), CALLS)) });
    await voiceprint.dispose();
  }
  return results;
}

/** The same in Chromium, and the median seconds from opening the page to its first verdict. */
export async function measureChromium() {
  const site = mkdtempSync(join(tmpdir(), 'voiceprint-bench-'));
  cpSync(new URL('../../npm/dist', import.meta.url).pathname, join(site, 'voiceprint-wasm'), { recursive: true });
  cpSync(new URL('../../models', import.meta.url).pathname, join(site, 'models'), { recursive: true });
  copyFileSync(new URL('time-calls.mjs', import.meta.url), join(site, 'time-calls.mjs'));
  for (const seconds of LENGTHS_S) {
    writeFileSync(join(site, `a-${seconds}.f32`), recording(seconds).samples);
    writeFileSync(join(site, `b-${seconds}.f32`), recording(seconds, 1).samples);
  }
  writeFileSync(join(site, 'index.html'), '<!doctype html><title>warm</title>');
  writeFileSync(join(site, 'cold.html'), '<!doctype html><title>cold</title><script type="module" src="cold.js"></script>');
  writeFileSync(
    join(site, 'cold.js'),
    `import { Voiceprint } from './voiceprint-wasm/index.js';
     const read = async (path) => ({ samples: new Float32Array(await (await fetch(path)).arrayBuffer()), sampleRateHz: 16000 });
     const [voiceprint, a, b] = await Promise.all([Voiceprint.load(), read('a-${COLD_START_LENGTH_S}.f32'), read('b-${COLD_START_LENGTH_S}.f32')]);
     await voiceprint.compare(a, b);
     console.log(performance.now() / 1000);`,
  );
  const server = await serve(site);
  try {
    return { ...(await timeWarm(server.origin)), coldStart: await timeColdStart(server.origin) };
  } finally {
    await server.close();
    rmSync(site, { recursive: true });
  }
}

async function timeWarm(origin) {
  const browser = await launchChromium();
  const page = await browser.newPage();
  await page.goto(`${origin}/`);
  const calls = [];
  for (const { seconds, model } of CASES) {
    const times = await page.evaluate(
      async ({ seconds, model, numCalls }) => {
        const { Voiceprint } = await import('/voiceprint-wasm/index.js');
        const { timeCalls } = await import('/time-calls.mjs');
        const read = async (path) => ({ samples: new Float32Array(await (await fetch(path)).arrayBuffer()), sampleRateHz: 16000 });
        const voiceprint = await Voiceprint.load(model && { model: `/models/${model}/` });
        const timed = await timeCalls(voiceprint, await read(`/a-${seconds}.f32`), await read(`/b-${seconds}.f32`), numCalls);
        await voiceprint.dispose();
        return timed;
      },
      { seconds, model, numCalls: CALLS },
    );
    calls.push({ seconds, model, ...times });
  }
  const version = browser.version();
  await browser.close();
  return { calls, version };
}

/** Each in a fresh browser: nothing is cached or compiled. Ends with a compare of two recordings. */
async function timeColdStart(origin) {
  const times = [];
  for (let i = 0; i < COLD_STARTS; i++) {
    const browser = await launchChromium();
    const page = await browser.newPage();
    const told = page.waitForEvent('console', { predicate: (message) => message.type() === 'log', timeout: 60_000 });
    await page.goto(`${origin}/cold.html`);
    times.push(Number((await told).text()));
    await browser.close();
  }
  return median(times);
}
