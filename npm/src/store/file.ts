/** A store in one file, for Node: processes that share it wait for each other, and a crash keeps the old gallery. */
import { type FileHandle, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { GalleryStore, StoredGallery } from '../gallery-types.js';
import { SerialQueue } from '../worker/serial-queue.js';
import { codeOf, fileError } from './file-error.js';
import { withLockFile } from './lock-file.js';
import { realPathOf } from './real-path.js';

export function fileStore(path: string): GalleryStore {
  const queue = new SerialQueue();
  return {
    read: () => wrapped(path, () => read(path)),
    revision: () => wrapped(path, () => revisionOf(path)),
    update: (change) =>
      queue.run(async () => {
        // Whatever names a gallery has, it has one lock.
        const file = await wrapped(path, () => realPathOf(path));
        await withLockFile(`${file}.lock`, async () => {
          const bytes = await change(await wrapped(path, () => read(file)));
          await wrapped(path, () => (bytes === null ? remove(file) : replace(file, bytes)));
        });
      }, undefined),
  };
}

/** Where a new gallery is written until it is whole. */
const besideOf = (path: string) => `${path}.writing`;

/** Also what a crash left of it. */
async function remove(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(besideOf(path), { force: true });
}

async function read(path: string): Promise<StoredGallery | null> {
  for (;;) {
    const before = await revisionOf(path);
    if (before === null) return null;
    const bytes = await readFile(path).catch(nullIfMissing); // removed meanwhile
    if (bytes !== null && (await revisionOf(path)) === before)
      return { bytes: new Uint8Array(bytes), revision: before };
  }
}

/** Every write makes a new file, so that inode and time tell. */
async function revisionOf(path: string): Promise<string | null> {
  const stats = await stat(path, { bigint: true }).catch(nullIfMissing);
  return stats && `${stats.dev} ${stats.ino} ${stats.mtimeNs} ${stats.size}`;
}

function nullIfMissing(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null;
  throw error;
}

/** Beside it, to the disk, then renamed: at every moment the path names a whole gallery. Its permissions stay. */
async function replace(path: string, bytes: Uint8Array): Promise<void> {
  const beside = besideOf(path);
  try {
    const old = await stat(path).catch(nullIfMissing);
    await flushed(await open(beside, 'w', 0o600), async (file) => {
      await file.writeFile(bytes);
      if (old !== null && old.mode !== (await file.stat()).mode) await file.chmod(old.mode & 0o777);
    });
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  // The rename itself, where folders can be flushed.
  await open(dirname(path), 'r').then(
    (folder) => flushed(folder, async () => {}).catch(() => {}),
    () => {},
  );
}

async function flushed(file: FileHandle, write: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await write(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function wrapped<T>(path: string, access: () => Promise<T>): Promise<T> {
  try {
    return await access();
  } catch (error) {
    throw fileError(`The gallery ${path} could not be read or written`, error);
  }
}
