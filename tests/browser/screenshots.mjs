// Pictures of every state of the page, to be looked at: node screenshots.mjs [parts of a name]. Writes build/screenshots/.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPage, repository, startBrowser, startServer } from './browser.mjs';
import { untilToldApart, useConversation } from './conversation.mjs';
import { beginEnrollment, chooseFileHere, enroll, openVerification, quiet, sampleUtterances, useSampleHere } from './person.mjs';
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
    await useSample(page, 'B', 'Man, American: Rain');
  },
  'one-voice': async (page) => {
    await useSample(page, 'A', 'Woman, American: Rain');
    await useSample(page, 'B', 'Woman, American: Parcel');
    await compare(page);
  },
  'two-voices': async (page) => {
    await useSample(page, 'A', 'Woman, American: Rain');
    await useSample(page, 'B', 'Man, American: Parcel');
    await compare(page);
  },
  strict: async (page) => {
    await useSample(page, 'A', 'Woman, American: Rain');
    await useSample(page, 'B', 'Woman, American: Parcel');
    await compare(page);
    await page.getByRole('slider', { name: 'How often strangers may pass' }).press('End');
    await verdict(page);
  },
  nobody: async (page) => {
    await page.getByRole('link', { name: 'People' }).click();
    await page.getByText('Nobody is enrolled yet.').waitFor();
  },
  'enroll-form': async (page) => {
    await page.getByRole('link', { name: 'People' }).click();
    await page.getByRole('link', { name: 'Add a person' }).click();
    await page.getByRole('button', { name: 'Begin' }).click();
  },
  enrolling: async (page) => {
    await beginEnrollment(page, 'Alice');
    await useSampleHere(page, 'Woman, American: Rain');
    await page.locator('.utterance-accepted').waitFor();
    await page.getByRole('button', { name: 'Record', exact: true }).click();
    await page.getByText('Good. Keep speaking.').waitFor();
    await page.waitForTimeout(2000);
  },
  'utterance-refused': async (page) => {
    await beginEnrollment(page, 'Alice');
    await useSampleHere(page, 'Woman, American: Rain');
    await page.locator('.utterance-accepted').waitFor();
    await useSampleHere(page, 'Man, American: Rain');
    await page.getByRole('alert').waitFor();
  },
  enrolled: async (page) => {
    await enroll(page, 'Alice', sampleUtterances('Woman, American'));
  },
  people: async (page) => {
    await enroll(page, 'Alice', sampleUtterances('Woman, American'));
    await enroll(page, 'Bob', sampleUtterances('Man, American'));
    await enroll(page, '王小明', sampleUtterances('Robotic, American'));
    await page.getByRole('link', { name: 'People' }).click();
    await page.getByRole('button', { name: 'Delete Bob' }).click();
  },
  verified: async (page) => {
    await enroll(page, 'Alice', sampleUtterances('Woman, American'));
    await openVerification(page, 'Alice');
    await useSampleHere(page, 'Woman, American: Parcel');
    await verdict(page);
  },
  live: async (page) => {
    await enroll(page, 'Alice', sampleUtterances('Woman, American'));
    await enroll(page, 'Bob', sampleUtterances('Man, American'));
    await page.getByRole('link', { name: 'Live' }).click();
    await page.getByRole('button', { name: 'Start listening' }).click();
    await page.locator('[data-speaker=Bob]').waitFor({ timeout: 90000 });
  },
  'live-off': async (page) => {
    await page.getByRole('link', { name: 'Live' }).click();
  },
  'speakers-empty': async (page) => {
    await page.getByRole('link', { name: 'Speakers' }).click();
  },
  speakers: async (page) => {
    await enroll(page, 'Alice', sampleUtterances('Woman, American'));
    await useConversation(page, 'three speakers');
    await page.getByRole('button', { name: /^Alice, 0:15/ }).press('Enter');
    await page.locator('tr[aria-current=true]').waitFor();
    await page.getByRole('button', { name: 'Pause recording' }).click();
  },
  'speakers-nobody': async (page) => {
    await page.getByRole('link', { name: 'Speakers' }).click();
    await chooseFileHere(page, quiet);
    await untilToldApart(page);
  },
  about: async (page) => {
    await page.getByRole('link', { name: 'About' }).click();
  },
  'own-model-refused': async (page) => {
    await page.getByRole('link', { name: 'About' }).click();
    await page.locator('.own-model input[type=file]').setInputFiles([
      { name: 'manifest.json', mimeType: 'application/json', buffer: Buffer.from('{"schema": "voiceprint-manifest/1"}') },
      { name: 'model.onnx', mimeType: 'application/octet-stream', buffer: Buffer.from('not a model') },
    ]);
    await page.locator('.own-model [role=alert]').waitFor();
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
// First one voice, for what records, then another, for what tells them apart.
const sample = (name) => readMuLaw(`${repository}/web/samples/${name}.wav`);
const first = [...(await sample('flite-slt-rain')), ...(await sample('flite-slt-parcel'))];
const second = [...(await sample('festival-ked-rain')), ...(await sample('festival-ked-parcel'))];
await writeFile(microphoneWav, wavFile([...first, ...silence(2), ...second, ...silence(2)], 16000));
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
  // As high as the page, so that what sticks to the edge of the screen covers nothing.
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width: options.viewport.width, height: Math.max(height, options.viewport.height) });
  await page.waitForTimeout(100);
  await page.screenshot({ path: join(out, name) });
  console.log(join(out, name));
  await close();
}
await browser.close();
await server.stop();
await rm(folder, { recursive: true });
