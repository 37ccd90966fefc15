// What a page pays in Chromium: from a cold load() to the first result, the main thread's longest task, and live identification's share of a core.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchChromium } from '../install/chromium.mjs';
import { serve } from '../install/static-server.mjs';
import { wav16 } from '../npm/support.mjs';
import { median } from './clock.mjs';
import { recording } from './recordings.mjs';

const COLD_STARTS = 5;
const LENGTH_S = 5;
const LIVE_S = 20;
const LIVE_PEOPLE = 10;

/** `{ loadS, resultS, cpuS, longestTaskMs, liveShare }`: medians of cold starts, the longest task of all, and CPU time by wall time. */
export async function measurePage() {
  const site = mkdtempSync(join(tmpdir(), 'voiceprint-bench-'));
  cpSync(new URL('../../npm/dist', import.meta.url).pathname, join(site, 'voiceprint-wasm'), { recursive: true });
  for (const [name, skip] of [['a', 0], ['b', 1], ['c', 2]]) writeFileSync(join(site, `${name}.wav`), wav16(recording(LENGTH_S, skip)));
  writeFileSync(join(site, 'microphone.wav'), wav16(recording(60)));
  writeFileSync(join(site, 'index.html'), '<!doctype html><title>page</title>');
  const server = await serve(site);
  try {
    const starts = [];
    for (let i = 0; i < COLD_STARTS; i++) starts.push(await coldStart(server.origin));
    return {
      loadS: median(starts.map(({ loadS }) => loadS)),
      resultS: median(starts.map(({ resultS }) => resultS)),
      cpuS: median(starts.map(({ cpuS }) => cpuS)),
      longestTaskMs: Math.max(...starts.map(({ longestTaskMs }) => longestTaskMs)),
      liveShare: await liveShare(server.origin, join(site, 'microphone.wav')),
    };
  } finally {
    await server.close();
    rmSync(site, { recursive: true });
  }
}

/** CPU seconds that all renderers of the browser have used. */
async function cpuSeconds(session) {
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  return processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}

/** In a fresh browser, where nothing is cached or compiled: load, compare, enroll and verify, as one page does it. */
async function coldStart(origin) {
  const browser = await launchChromium();
  const session = await browser.newBrowserCDPSession();
  const page = await browser.newPage();
  await page.goto(`${origin}/`);
  await page.evaluate(async () => {
    // Tasks below 50 ms are not told: 0 means that there was none.
    globalThis.longestTaskMs = 0;
    const take = (list) => list.getEntries().forEach(({ duration }) => (globalThis.longestTaskMs = Math.max(globalThis.longestTaskMs, duration)));
    new PerformanceObserver(take).observe({ type: 'longtask', buffered: true });
    Object.assign(globalThis, await import('/voiceprint-wasm/index.js'));
    globalThis.blobs = await Promise.all(['a', 'b', 'c'].map(async (name) => (await fetch(`/${name}.wav`)).blob()));
  });
  const cpuBefore = await cpuSeconds(session);
  const times = await page.evaluate(async () => {
    const begin = performance.now();
    globalThis.voiceprint = await Voiceprint.load();
    const loaded = performance.now();
    await voiceprint.compare(blobs[0], blobs[1]);
    return { loadS: (loaded - begin) / 1000, resultS: (performance.now() - begin) / 1000 };
  });
  const cpuS = (await cpuSeconds(session)) - cpuBefore;
  const longestTaskMs = await page.evaluate(async () => {
    const gallery = await voiceprint.openGallery();
    const session = gallery.enroll('Ada', { targetUtterances: 2 });
    for (const blob of blobs.slice(0, 2)) await session.add(blob);
    await session.save();
    await gallery.verify('Ada', blobs[2]);
    await new Promise((resolve) => setTimeout(resolve, 200)); // for the observer
    return globalThis.longestTaskMs;
  });
  await browser.close();
  return { ...times, cpuS, longestTaskMs };
}

/** CPU seconds per second of all renderers while a page listens to its microphone and identifies. */
async function liveShare(origin, microphone) {
  const flags = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-audio-capture=${microphone}`];
  const browser = await launchChromium(flags);
  const page = await browser.newPage();
  await page.goto(`${origin}/`);
  await page.evaluate(async (numPeople) => {
    const { Recorder, Voiceprint } = await import('/voiceprint-wasm/index.js');
    const voiceprint = await Voiceprint.load();
    const gallery = await voiceprint.openGallery();
    const embedding = await voiceprint.embed(await (await fetch('/a.wav')).blob());
    for (let i = 0; i < numPeople; i++) {
      const session = gallery.enroll(`person ${i}`, { targetUtterances: 1 });
      await session.add(embedding);
      await session.save();
    }
    globalThis.numLooks = 0;
    const live = gallery.live({ onUpdate: () => globalThis.numLooks++ });
    await Recorder.start({ keep: false, onSamples: live.push });
  }, LIVE_PEOPLE);
  const session = await browser.newBrowserCDPSession();
  await page.waitForFunction(() => globalThis.numLooks >= 3);
  const [cpuBefore, looksBefore, begin] = [await cpuSeconds(session), await page.evaluate(() => globalThis.numLooks), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, 1000 * LIVE_S));
  const seconds = (performance.now() - begin) / 1000;
  const [cpuAfter, looksAfter] = [await cpuSeconds(session), await page.evaluate(() => globalThis.numLooks)];
  await browser.close();
  if (looksAfter - looksBefore < LIVE_S / 2) throw new Error(`live identification looked ${looksAfter - looksBefore} times in ${LIVE_S} s`);
  return (cpuAfter - cpuBefore) / seconds;
}
