// What the tests of one `describe` share: a server and a browser from before the first until after the last, and a fresh page for each.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { openPage, startBrowser, startServer } from './browser.mjs';
import { wavFile } from './wav.mjs';

/**
 * Gives an object that holds `browser`, `server` and a `folder` for files once the tests run. `microphone` resolves to what the browser's microphone
 * plays again and again, samples at 16 kHz; without it, the user refuses the microphone. `arrange` is done to each page first.
 */
export function useBrowser({ microphone, arrange = async () => {} } = {}) {
  const permissions = microphone ? ['microphone'] : [];
  /** A test: `body` gets a fresh page, about which nothing may be complained, and the test's context. Options beside `path` as of `openPage`. */
  const onPageWith =
    ({ path = '', ...options }, body) =>
    async (t) => {
      const { page, complaints, close } = await openPage(suite.browser, suite.server.url + path, { permissions, ...options });
      try {
        await arrange(page);
        await body(page, t);
      } finally {
        await close();
      }
      assert.deepEqual(complaints, []);
    };
  const suite = { onPageWith, onPage: (body) => onPageWith({}, body) };
  before(async () => {
    suite.folder = await mkdtemp(join(tmpdir(), 'voiceprint-'));
    suite.server = await startServer();
    const microphoneWav = microphone && join(suite.folder, 'microphone.wav');
    if (microphone) await writeFile(microphoneWav, wavFile(await microphone(), 16000));
    suite.browser = await startBrowser({ microphoneWav });
  });
  after(async () => {
    await suite.browser?.close();
    await suite.server?.stop();
    if (suite.folder) await rm(suite.folder, { recursive: true });
  });
  return suite;
}

/** An `initScript`: the page remembers every microphone track that it is given, in `microphoneTracks`. */
export function keepTracks() {
  globalThis.microphoneTracks = [];
  const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const stream = await original(constraints);
    globalThis.microphoneTracks.push(...stream.getTracks());
    return stream;
  };
}
