// The accessibility checker.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { skip } from './browser.mjs';

const axeSource = skip ? '' : await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Everything that axe finds wrong by WCAG 2.2 A and AA, as short lines. */
export async function axe(page) {
  await page.evaluate(axeSource); // a debugger's evaluation is not bound by the page's policy
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
  });
}
