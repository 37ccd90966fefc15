// Pictures of every state of the page, to be looked at: node screenshots.mjs [parts of a name]. Writes build/screenshots/.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPage, repository, startBrowser, startServer } from './browser.mjs';
import { chooseFile, compare, refusal, slot, untilModelReady, untilReady, useSample, verdict } from './slot.mjs';
import { readMuLaw, silence, wavFile } from './wav.mjs';

const SCREENS = {
  1440: { viewport: { width: 1440, height: 900 } },
  768: { viewport: { width: 768, height: 1024 } },
  390: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
};

/** What the page looks like, by the name of the picture. */
const STATES = {
  empty: async () => undefined,
  loading: async (page) => {
    await page.route(/\.onnx$/, () => undefined); // never answered
    await page.reload();
    await chooseFile(page, 'A', { name: 'silence.wav', buffer: wavFile(silence(2), 16000) });
    await slot(page, 'A').getByText('One moment').waitFor();
  },
  'model-missing': async (page) => {
    await page.route(/\.onnx$/, (route) => route.fulfill({ status: 404 }));
    await page.reload();
    await page.locator('[data-engine=failed]').waitFor();
  },
  samples: async (page) => {
    await page.getByRole('button', { name: 'Samples for A' }).click();
  },
  recording: async (page) => {
    await page.getByRole('button', { name: 'Record A', exact: true }).click();
    await slot(page, 'A').getByText('Good. Keep speaking.').waitFor();
    await page.waitForTimeout(2000);
  },
  refused: async (page) => {
    await chooseFile(page, 'A', { name: 'notes.wav', buffer: Buffer.from('not sound') });
    await refusal(page, 'A');
    await useSample(page, 'B', 'Man, Scottish: Rain');
  },
  'one-voice': async (page) => {
    await useSample(page, 'A', 'Woman, American: Rain');
    await useSample(page, 'B', 'Woman, American: Parcel');
    await compare(page);
  },
  'two-voices': async (page) => {
    await useSample(page, 'A', 'Woman, American: Rain');
    await useSample(page, 'B', 'Man, Scottish: Parcel');
    await compare(page);
  },
  strict: async (page) => {
    await useSample(page, 'A', 'Woman, American: Rain');
    await useSample(page, 'B', 'Woman, American: Parcel');
    await compare(page);
    await page.getByRole('slider', { name: 'How often strangers may pass' }).press('End');
    await verdict(page);
  },
  about: async (page) => {
    await page.getByRole('link', { name: 'About' }).click();
  },
  'own-model-refused': async (page) => {
    await page.getByRole('link', { name: 'About' }).click();
    await page.locator('[data-model] input[type=file]').setInputFiles([
      { name: 'manifest.json', mimeType: 'application/json', buffer: Buffer.from('{"schema": "voiceprint-manifest/1"}') },
      { name: 'model.onnx', mimeType: 'application/octet-stream', buffer: Buffer.from('not a model') },
    ]);
    await page.locator('[data-model=none] [role=alert]').waitFor();
  },
  inconclusive: async (page) => {
    await useSample(page, 'A', 'Woman, American: Rain');
    await chooseFile(page, 'B', { name: 'silence.wav', buffer: wavFile(silence(3), 16000) });
    await untilReady(page, 'B');
    await compare(page);
  },
};

const wanted = process.argv.slice(2);
const out = join(repository, 'build', 'screenshots');
await mkdir(out, { recursive: true });
const folder = await mkdtemp(join(tmpdir(), 'voiceprint-screenshots-'));
const microphoneWav = join(folder, 'microphone.wav');
await writeFile(microphoneWav, wavFile(await readMuLaw(`${repository}/web/samples/flite-slt-rain.wav`), 16000));
const server = await startServer();
const browser = await startBrowser({ microphoneWav });

const variants = Object.entries(SCREENS).flatMap(([screen, options]) =>
  ['light', 'dark'].flatMap((colorScheme) =>
    ['en', 'zh'].flatMap((language) =>
      Object.entries(STATES).map(([state, arrange]) => ({ screen, options, colorScheme, language, state, arrange })),
    ),
  ),
);
for (const { screen, options, colorScheme, language, state, arrange } of variants) {
  const name = `${state}-${screen}-${colorScheme}-${language}.png`;
  if (!wanted.every((part) => name.includes(part))) continue;
  const { page, close } = await openPage(browser, server.url, { ...options, colorScheme, permissions: ['microphone'] });
  await untilModelReady(page);
  await arrange(page);
  if (language === 'zh') await page.getByRole('button', { name: '中文' }).click();
  await page.waitForTimeout(500); // transitions
  await page.screenshot({ path: join(out, name), fullPage: true });
  console.log(join(out, name));
  await close();
}
await browser.close();
await server.stop();
await rm(folder, { recursive: true });
