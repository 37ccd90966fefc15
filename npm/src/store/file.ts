/** A store in one file, for Node: processes that share it wait for each other, and a crash keeps the old gallery. */
import { type FileHandle, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { VoiceprintError } from '../error.js';
import type { GalleryStore, StoredGallery } from '../gallery-types.js';
import { SerialQueue } from '../worker/serial-queue.js';
import { withLockFile } from './lock-file.js';

export function fileStore(path: string): GalleryStore {
  const queue = new SerialQueue();
  return {
    read: () => wrapped(path, () => read(path)),
    revision: () => wrapped(path, () => revisionOf(path)),
    update: (change) =>
      queue.run(
        () =>
          withLockFile(`${path}.lock`, async () => {
            const bytes = await change(await wrapped(path, () => read(path)));
            await wrapped(path, () => (bytes === null ? rm(path, { force: true }) : replace(path, bytes)));
          }),
        undefined,
      ),
  };
}

async function read(path: string): Promise<StoredGallery | null> {
  for (;;) {
    const before = await revisionOf(path);
    if (before === null) return null;
    const bytes = new Uint8Array(await readFile(path));
    if ((await revisionOf(path)) === before) return { bytes, revision: before };
  }
}

/** Every write makes a new file, so that inode and time tell. */
async function revisionOf(path: string): Promise<string | null> {
  try {
    const { dev, ino, mtimeNs, size } = await stat(path, { bigint: true });
    return `${dev} ${ino} ${mtimeNs} ${size}`;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Beside it, to the disk, then renamed: at every moment the path names a whole gallery. */
async function replace(path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.writing`;
  try {
    await flushed(await open(beside, 'w', 0o600), (file) => file.writeFile(bytes));
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
    const code = codeOf(error);
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new VoiceprintError(
        'storage_full',
        `${path} could not be written: the disk is full. The old gallery is kept.`,
        {
          cause: error,
        },
      );
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new VoiceprintError('io', `The gallery ${path} could not be read or written: ${reason}.`, { cause: error });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
