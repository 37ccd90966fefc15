// What a test does with enrolled people, by the names that its users see.
import { repository } from './browser.mjs';
import { readMuLaw, wavFile } from './wav.mjs';

export const untilHeading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();

/** Opens the form and fills it in; the microphone or files come next. */
export async function beginEnrollment(page, name) {
  await page.getByRole('link', { name: 'People' }).click();
  await page.getByRole('link', { name: 'Add a person' }).click();
  const another = page.getByRole('button', { name: 'Add another person' });
  await page.getByLabel('Name', { exact: true }).or(another).waitFor();
  if (await another.isVisible()) await another.click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('The person who speaks agrees').check();
  await page.getByRole('button', { name: 'Begin' }).click();
}

export const accepted = (page) => page.locator('.utterance-accepted').count();

async function untilAccepted(page, count) {
  await page.waitForFunction((wanted) => document.querySelectorAll('.utterance-accepted').length === wanted, count);
}

export async function useSampleHere(page, name) {
  await page.getByRole('button', { name: 'Samples', exact: true }).click();
  await page.getByRole('button', { name, exact: true }).click();
}

/** `file` is a path or { name, buffer }. */
export async function chooseFileHere(page, file) {
  const chosen = typeof file === 'string' ? file : { mimeType: 'audio/wav', ...file };
  await page.locator('[data-slot] input[type=file]').setInputFiles(chosen);
}

/** Gives utterances that are all accepted: names of samples, or files. */
export async function speak(page, recordings) {
  for (const [i, recording] of recordings.entries()) {
    if (typeof recording === 'string' && !recording.includes('/')) await useSampleHere(page, recording);
    else await chooseFileHere(page, recording);
    await untilAccepted(page, i + 1);
  }
}

/** Enrolls with recordings that are all accepted: names of samples, or files. */
export async function enroll(page, name, recordings) {
  await beginEnrollment(page, name);
  await speak(page, recordings);
  await page.getByRole('button', { name: 'Save the voiceprint' }).click();
  await page.getByText(`${name} is enrolled.`).waitFor();
}

const VOICES = {
  'Woman, American': 'flite-slt',
  'Man, American': 'festival-ked',
  'Another man, American': 'flite-rms',
  'Robotic, American': 'espeak-en-us-f3',
};

/** Two sentences are all that a synthetic voice has: the third utterance is both, the other way round. */
const together = Object.fromEntries(
  await Promise.all(
    Object.entries(VOICES).map(async ([voice, id]) => {
      const sentence = (name) => readMuLaw(`${repository}/web/samples/${id}-${name}.wav`);
      const samples = [...(await sentence('parcel')), ...(await sentence('rain'))];
      return [voice, { name: `${id}.wav`, buffer: wavFile(samples, 16000) }];
    }),
  ),
);

export const sampleUtterances = (voice) => [`${voice}: Rain`, `${voice}: Parcel`, together[voice]];

export async function openVerification(page, name) {
  await page.getByRole('link', { name: 'People' }).click();
  await page.getByRole('link', { name: `Verify ${name}` }).click();
  await untilHeading(page, `Is it ${name}?`);
}

export const names = (page) => page.locator('.person h2').allInnerTexts();

export const quiet = { name: 'silence.wav', buffer: wavFile(new Array(32000).fill(0), 16000) };
