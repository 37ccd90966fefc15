// The real Chromium, without the requests that it makes of its own accord.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

const { chromium } = createRequire(new URL('../../npm/package.json', import.meta.url))('playwright-core');

const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => path && existsSync(path),
);

/** Why a browser test cannot run here; false where it can. */
export const skipWithoutChromium = executablePath ? false : 'no Chromium here: install it, or set CHROMIUM to its path';

export function launchChromium(extraFlags = []) {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      ...extraFlags,
    ],
  });
}
