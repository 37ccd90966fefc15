// What a test does to the page, by the names that its users see.
import assert from 'node:assert/strict';

export const slot = (page, letter) => page.locator(`[data-slot=${letter}]`);

export const untilModelReady = (page) => page.locator('[data-engine=ready]').waitFor();

export async function useSample(page, letter, name) {
  await page.getByRole('button', { name: `Samples for ${letter}` }).click();
  await slot(page, letter).getByRole('button', { name, exact: true }).click();
  await untilReady(page, letter);
}

/** `file` is a path or { name, buffer }. */
export async function chooseFile(page, letter, file) {
  const chosen = typeof file === 'string' ? file : { mimeType: 'audio/wav', ...file };
  await slot(page, letter).locator('input[type=file]').setInputFiles(chosen);
}

/** Waits until the slot holds a recording; fails at once with the page's words when it was refused. */
export async function untilReady(page, letter) {
  const ready = page.locator(`[data-slot=${letter}][data-state=ready]`);
  const refused = slot(page, letter).getByRole('alert');
  await ready.or(refused).first().waitFor();
  if (!(await ready.isVisible())) assert.fail(`slot ${letter} was refused: ${await refused.innerText()}`);
}

/** The words with which the slot refuses a recording. */
export async function refusal(page, letter) {
  const alert = slot(page, letter).getByRole('alert');
  await alert.waitFor();
  return alert.innerText();
}

/** Presses the button and resolves with { decision, score, headline }; score is null without one. */
export async function compare(page) {
  await page.getByRole('button', { name: 'Compare the two voices' }).click();
  return verdict(page);
}

export async function verdict(page) {
  const panel = page.locator('[data-decision][aria-busy=false]');
  await panel.waitFor();
  const [decision, score] = await panel.evaluate(({ dataset }) => [dataset.decision, dataset.score]);
  const headline = await panel.getByRole('heading').innerText();
  return { decision, score: score === '' ? null : Number(score), headline };
}
