// The file store against other processes: who saves at the same time, who is killed, who is gone.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { CoreGallery } from '../../npm/dist/core/gallery.js';
import { Core } from '../../npm/dist/core/module.js';
import { fileStore } from '../../npm/dist/index.node.js';
import { fileError } from '../../npm/dist/store/file-error.js';
import { dist, rejectsWith, temporaryFolder } from './support.mjs';

const folder = temporaryFolder();
const url = (file) => JSON.stringify(pathToFileURL(join(dist, file)).href);
const KILLS = 100;

let core;
before(async () => {
  core = await Core.instantiate(new Uint8Array(readFileSync(join(dist, 'voiceprint.wasm'))));
});

// Enrolls one voiceprint after another and tells each name once it is saved; no network, so that it starts in no time.
const enroller = join(folder, 'enroll.mjs');
writeFileSync(
  enroller,
  `import { readFileSync, writeSync } from 'node:fs';
   import { CoreGallery } from ${url('core/gallery.js')};
   import { Core } from ${url('core/module.js')};
   import { fileStore } from ${url('store/file.js')};
   const [path, prefix, count] = process.argv.slice(2);
   const core = await Core.instantiate(new Uint8Array(readFileSync(new URL(${url('voiceprint.wasm')}))));
   const store = fileStore(path);
   for (let i = 0; i < Number(count); i++) {
     const name = prefix + i;
     await store.update(async (stored) => {
       const gallery = stored ? CoreGallery.parse(core, stored.bytes) : CoreGallery.create(core, { sha256: '0'.repeat(64), name: '' }, 192, 'float32');
       const vector = Float32Array.from({ length: 192 }, () => Math.random() - 0.5);
       gallery.add(name, { vector, addedMs: Date.now(), netSpeechS: 1, snrDb: 20, bandwidthHz: 7000, isAdapted: false });
       const bytes = gallery.serialise();
       gallery.dispose();
       return bytes;
     });
     writeSync(1, name + '\\n');
   }`,
);

function namesIn(path) {
  const gallery = CoreGallery.parse(core, new Uint8Array(readFileSync(path)));
  const names = Array.from({ length: gallery.size }, (_, i) => gallery.voiceprint(i).name);
  gallery.dispose();
  return new Set(names);
}

/** Starts an enroller; `told` are the names that it says are saved. */
function start(path, prefix, count) {
  const child = spawn(process.execPath, [enroller, path, prefix, String(count)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const told = [];
  const lines = createInterface(child.stdout).on('line', (line) => told.push(line));
  const exited = Promise.all([new Promise((resolve) => child.on('exit', resolve)), new Promise((resolve) => lines.on('close', resolve))]);
  return { child, told, exited };
}

describe('a gallery file', () => {
  it(`survives ${KILLS} kills in the middle of saving: it is always whole, and nothing that was saved is lost`, async () => {
    const path = join(folder, 'killed.voiceprints');
    const saved = [];
    for (let round = 0; round < KILLS; round++) {
      const { child, told, exited } = start(path, `${round}-`, 1e6);
      // Between the first save and some milliseconds later: at any point of a write.
      while (told.length === 0 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 1));
      await new Promise((resolve) => setTimeout(resolve, (round * 7) % 23));
      child.kill('SIGKILL');
      await exited;
      saved.push(...told);
      const names = namesIn(path);
      const lost = saved.filter((name) => !names.has(name));
      assert.deepEqual(lost, [], `round ${round}`);
    }
    assert.ok(saved.length >= KILLS);
  });

  it('is shared by processes that save at the same time, and nothing is lost', async () => {
    const path = join(folder, 'shared.voiceprints');
    const enrollers = ['a', 'b', 'c', 'd'].map((prefix) => start(path, prefix, 15));
    await Promise.all(enrollers.map(({ exited }) => exited));
    const told = enrollers.flatMap(({ told }) => told);
    assert.equal(told.length, 60);
    assert.deepEqual([...namesIn(path)].sort(), told.sort());
    assert.equal(existsSync(`${path}.lock`) || existsSync(`${path}.writing`), false, 'nothing is left behind');
  });

  it('is taken over from a process that is gone, and from one that was killed while it made the lock', async () => {
    const path = join(folder, 'gone.voiceprints');
    const { child, exited } = start(path, 'x', 0);
    await exited;
    for (const holder of [`${child.pid} ${hostname()}`, '']) {
      writeFileSync(`${path}.lock`, holder);
      await fileStore(path).update(async () => Uint8Array.of(1));
      assert.equal(existsSync(`${path}.lock`), false);
    }
  });

  it('is not taken from a process that lives', async () => {
    const path = join(folder, 'held.voiceprints');
    writeFileSync(`${path}.lock`, `${process.ppid} ${hostname()}`);
    const waiting = fileStore(path).update(async () => Uint8Array.of(1));
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(existsSync(path), false);
    writeFileSync(`${path}.lock`, '');
    await waiting;
    assert.equal(existsSync(path), true);
  });

  it('is not taken from a process of another PID namespace, whose number means nothing here', { skip: !existsSync('/proc/self/ns/pid') && 'there are none' }, async () => {
    const path = join(folder, 'namespace.voiceprints');
    const { child, exited } = start(path, 'x', 0);
    await exited;
    writeFileSync(`${path}.lock`, `${child.pid} ${hostname()} pid:[1]`);
    const waiting = fileStore(path).update(async () => Uint8Array.of(1));
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(existsSync(path), false);
    writeFileSync(`${path}.lock`, `${child.pid} ${hostname()} ${readlinkSync('/proc/self/ns/pid')}`);
    await waiting;
    assert.equal(existsSync(path), true);
  });

  it('has one lock and one place, whatever link names it, and keeps its permissions', async () => {
    const [path, link, early] = ['real', 'link', 'early'].map((name) => join(folder, `${name}.voiceprints`));
    symlinkSync('real.voiceprints', early);
    await fileStore(early).update(async () => Uint8Array.of(1));
    assert.equal(statSync(path).mode & 0o777, 0o600);
    symlinkSync(path, link);
    chmodSync(path, 0o660);
    let held;
    await fileStore(link).update(async () => {
      held = existsSync(`${path}.lock`);
      return Uint8Array.of(2);
    });
    assert.equal(held, true);
    assert.ok(lstatSync(link).isSymbolicLink() && lstatSync(early).isSymbolicLink());
    assert.deepEqual([(await fileStore(path).read()).bytes, statSync(path).mode & 0o777], [Uint8Array.of(2), 0o660]);
    await fileStore(link).update(async () => null);
    assert.equal(existsSync(path), false);
  });

  it('that is cleared leaves nothing of a save that crashed, and readers beside it see nothing, not an error', async () => {
    const path = join(folder, 'cleared.voiceprints');
    const [store, reader] = [fileStore(path), fileStore(path)];
    await store.update(async () => Uint8Array.of(1));
    writeFileSync(`${path}.writing`, 'voices');
    await store.update(async () => null);
    assert.equal(existsSync(`${path}.writing`), false);
    let isDone = false;
    const reading = (async () => {
      while (!isDone) await reader.read();
    })();
    for (let round = 0; round < 200; round++) {
      await store.update(async () => new Uint8Array(1000));
      await store.update(async () => null);
    }
    isDone = true;
    await reading;
  });

  it('keeps what it was where a change is refused', async () => {
    const path = join(folder, 'refused.voiceprints');
    const store = fileStore(path);
    await store.update(async () => Uint8Array.of(1, 2, 3));
    const before = await store.revision();
    await assert.rejects(store.update(async () => Promise.reject(new Error('no'))), /no/);
    assert.deepEqual(await store.read(), { bytes: Uint8Array.of(1, 2, 3), revision: before });
    assert.equal(existsSync(`${path}.lock`), false);
    await store.update(async () => null);
    assert.deepEqual([await store.read(), await store.revision()], [null, null]);
  });

  it('that cannot be read or written is told by name', async () => {
    await rejectsWith(fileStore(join(folder, 'nowhere', 'x')).update(async () => Uint8Array.of(1)), 'io', /nowhere/);
    await rejectsWith(fileStore(folder).read(), 'io', new RegExp(folder));
    if (process.getuid() !== 0) {
      mkdirSync(join(folder, 'locked'));
      chmodSync(join(folder, 'locked'), 0o500);
      await rejectsWith(fileStore(join(folder, 'locked', 'x')).update(async () => Uint8Array.of(1)), 'io', /locked/);
    }
  });

  it('tells a full disk, and keeps the old gallery', { skip: !existsSync('/dev/full') && 'there is no /dev/full here' }, async () => {
    const path = join(folder, 'full.voiceprints');
    const store = fileStore(path);
    await store.update(async () => Uint8Array.of(1));
    symlinkSync('/dev/full', `${path}.writing`);
    await rejectsWith(store.update(async () => Uint8Array.of(2)), 'storage_full', /kept/);
    for (const code of ['ENOSPC', 'EDQUOT']) assert.equal(fileError('x', Object.assign(new Error(), { code })).code, 'storage_full');
    assert.deepEqual((await store.read()).bytes, Uint8Array.of(1));
  });
});
