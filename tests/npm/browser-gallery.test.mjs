// Galleries in real Chromium: IndexedDB, tabs that enroll at once, no storage, no room, keys that cannot leave; and the same results as in Node.
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { memoryStore, Voiceprint } from '../../npm/dist/index.node.js';
import { launchChromium, skipWithoutChromium } from '../install/chromium.mjs';
import { serve } from '../install/static-server.mjs';
import { dist, root, speechFile, temporaryFolder } from './support.mjs';

const skip = skipWithoutChromium;
const site = temporaryFolder();
const sample = (voice, text) => join(root, 'web', 'samples', `${voice}-${text}.wav`);
const VOICES = { Ada: 'flite-slt', Bob: 'flite-rms' };

let server;
let browser;
before(async () => {
  if (skip) return;
  cpSync(dist, join(site, 'voiceprint-wasm'), { recursive: true });
  copyFileSync(speechFile, join(site, 'ada.wav'));
  for (const voice of Object.values(VOICES)) {
    for (const text of ['rain', 'parcel']) copyFileSync(sample(voice, text), join(site, `${voice}-${text}.wav`));
  }
  writeFileSync(join(site, 'index.html'), '<!doctype html><title>test</title>');
  server = await serve(site);
  browser = await launchChromium();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** A tab of `context` with the package, a loaded model and what the tests share. */
async function tab(context) {
  const page = await context.newPage();
  await page.goto(`${server.origin}/`);
  await page.evaluate(async () => {
    Object.assign(window, await import('/voiceprint-wasm/index.js'));
    window.voiceprint = await Voiceprint.load();
    window.recording = async (path) => (await fetch(path)).blob();
    window.codeOf = (promise) => promise.then(() => 'no error', (error) => (error instanceof VoiceprintError ? error.code : String(error)));
    window.enroll = async (gallery, name, voice) => {
      const session = gallery.enroll(name, { targetUtterances: 2 });
      for (const text of ['rain', 'parcel']) await session.add(await recording(`/${voice}-${text}.wav`));
      return session.save();
    };
  });
  return page;
}

/** In a fresh profile of its own. */
async function inProfile(use) {
  const context = await browser.newContext();
  try {
    await use(context);
  } finally {
    await context.close();
  }
}

describe('in Chromium', () => {
  it('a gallery in IndexedDB outlives its tab, and identifies as in Node', { skip }, () =>
    inProfile(async (context) => {
      const first = await tab(context);
      await first.evaluate(async (voices) => {
        const gallery = await voiceprint.openGallery({ store: indexedDbStore() });
        for (const [name, voice] of Object.entries(voices)) await enroll(gallery, name, voice);
      }, VOICES);
      await first.close();
      const second = await tab(context);
      const [identification, file] = await second.evaluate(async () => {
        const gallery = await voiceprint.openGallery({ store: indexedDbStore() });
        return [await gallery.identify(await recording('/ada.wav')), [...(await gallery.export())]];
      });
      const node = await Voiceprint.load();
      const gallery = await node.openGallery({ store: memoryStore() });
      await gallery.import(Uint8Array.from(file));
      const expected = await gallery.identify(speechFile);
      assert.deepEqual([identification.match, identification.decision], ['Ada', 'accept']);
      identification.candidates.forEach(({ name, score, llr }, i) => {
        assert.equal(name, expected.candidates[i].name);
        assert.ok(Math.abs(score - expected.candidates[i].score) < 1e-4);
        assert.ok(Math.abs(llr - expected.candidates[i].llr) < 1e-2);
      });
      await node.dispose();
    }));

  it('two tabs that enroll at once lose nothing, with Web Locks and without', { skip }, () =>
    inProfile(async (context) => {
      const tabs = [await tab(context), await tab(context)];
      for (const hasLocks of [true, false]) {
        const database = hasLocks ? 'with locks' : 'without';
        await Promise.all(
          tabs.map((page, i) =>
            page.evaluate(
              async ([database, hasLocks, i]) => {
                if (!hasLocks) Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true });
                const gallery = await voiceprint.openGallery({ store: indexedDbStore(database) });
                const embedding = await voiceprint.embed(await recording('/ada.wav'));
                for (let k = 0; k < 10; k++) {
                  const session = gallery.enroll(`${i}-${k}`, { targetUtterances: 1 });
                  await session.add(embedding);
                  await session.save();
                }
              },
              [database, hasLocks, i],
            ),
          ),
        );
        const names = await tabs[0].evaluate(
          async (database) => (await (await voiceprint.openGallery({ store: indexedDbStore(database) })).list()).map(({ name }) => name),
          database,
        );
        assert.equal(names.length, 20, `${database}: ${names}`);
      }
    }));

  it('removal leaves nothing in the database', { skip }, () =>
    inProfile(async (context) => {
      const page = await tab(context);
      const left = await page.evaluate(async () => {
        const gallery = await voiceprint.openGallery({ store: indexedDbStore('removal') });
        await enroll(gallery, 'Ada', 'flite-slt');
        await gallery.clear();
        const database = await new Promise((resolve) => {
          indexedDB.open('removal').onsuccess = ({ target }) => resolve(target.result);
        });
        const transaction = database.transaction([...database.objectStoreNames]);
        const counts = [...database.objectStoreNames].map(
          (name) => new Promise((resolve) => (transaction.objectStore(name).count().onsuccess = ({ target }) => resolve(target.result))),
        );
        return Promise.all(counts);
      });
      assert.deepEqual(left, [0, 0]);
    }));

  it('a browser without IndexedDB, or that denies it, says so; memory works', { skip }, () =>
    inProfile(async (context) => {
      const page = await tab(context);
      const codes = await page.evaluate(async () => {
        const denied = () => {
          throw new DOMException('denied', 'SecurityError');
        };
        const open = () => codeOf(voiceprint.openGallery({ store: indexedDbStore() }));
        Object.defineProperty(window, 'indexedDB', { value: { open: denied }, configurable: true });
        const codes = [await open(), await codeOf(deviceKey())];
        Object.defineProperty(window, 'indexedDB', { value: undefined, configurable: true });
        codes.push(await open(), await codeOf(deviceKey()), await codeOf(voiceprint.openGallery()));
        codes.push(await codeOf(voiceprint.openGallery({ store: fileStore('x') })));
        return codes;
      });
      assert.deepEqual(codes, ['storage_unavailable', 'storage_unavailable', 'storage_unavailable', 'storage_unavailable', 'no error', 'storage_unavailable']);
    }));

  it('a full quota is told, and the old gallery is kept', { skip }, () =>
    inProfile(async (context) => {
      const page = await tab(context);
      const [code, names] = await page.evaluate(async () => {
        const gallery = await voiceprint.openGallery({ store: indexedDbStore('quota') });
        await enroll(gallery, 'Ada', 'flite-slt');
        const { put } = IDBObjectStore.prototype;
        IDBObjectStore.prototype.put = () => {
          throw new DOMException('no room', 'QuotaExceededError'); // as a browser whose disk is full
        };
        const code = await codeOf(enroll(gallery, 'Bob', 'flite-rms'));
        IDBObjectStore.prototype.put = put;
        return [code, (await gallery.list()).map(({ name }) => name)];
      });
      assert.deepEqual([code, names], ['storage_full', ['Ada']]);
    }));

  it('a key that the browser does not keep is not given', { skip }, () =>
    inProfile(async (context) => {
      const page = await tab(context);
      const codes = await page.evaluate(async () => {
        const { put } = IDBObjectStore.prototype;
        IDBObjectStore.prototype.put = function (...args) {
          const request = put.apply(this, args);
          request.addEventListener('success', () => this.transaction.abort()); // as where the disk is full at the end
          return request;
        };
        const code = await codeOf(deviceKey('kept'));
        IDBObjectStore.prototype.put = put;
        return [code, await codeOf(deviceKey('kept'))];
      });
      assert.deepEqual(codes, ['storage_unavailable', 'no error']);
    }));

  it('a key that cannot be extracted encrypts for this browser only', { skip }, () =>
    inProfile(async (context) => {
      const page = await tab(context);
      const result = await page.evaluate(async () => {
        const key = await deviceKey();
        const open = (key) => voiceprint.openGallery({ store: encryptedStore(indexedDbStore('secret'), { key }) });
        await enroll(await open(key), 'Ada', 'flite-slt');
        const again = await open(await deviceKey());
        const stranger = await codeOf(deviceKey('another').then(open));
        const plain = await codeOf(voiceprint.openGallery({ store: indexedDbStore('secret') }));
        return [key.extractable, (await again.list()).length, stranger, plain];
      });
      assert.deepEqual(result, [false, 1, 'wrong_key', 'wrong_key']);
    }));
});
