// What a test does with a conversation, by the names that its users see.

export const openSpeakers = (page) => page.getByRole('link', { name: 'Speakers' }).click();

/** Opens the view and makes an example: 'two speakers' or 'three speakers'. */
export async function useConversation(page, name) {
  await openSpeakers(page);
  await page.getByRole('button', { name, exact: true }).click();
  await untilToldApart(page);
}

export const untilToldApart = (page) => page.locator('[data-diarization=done]').waitFor();

const seconds = (clock) => clock.split(':').reduce((sum, part) => 60 * sum + Number(part), 0);

/** The turns as the table tells them: { who, startS, endS }. */
export async function turns(page) {
  const rows = await page
    .locator('.turns-table tbody tr')
    .evaluateAll((all) => all.map((row) => [row.querySelector('.speaker-name'), ...row.querySelectorAll('.number')].map((cell) => cell.innerText)));
  return rows.map(([who, from, to]) => ({ who, startS: seconds(from), endS: seconds(to) }));
}
