/** A file that is there whole or not at all: written beside, then renamed. */
import { randomUUID } from 'node:crypto';
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { realPathOf } from '../store/real-path.js';
import { accessing } from './file-access.js';

const OF_ITS_OWNER = 0o600;

/** Readable by its owner alone, unless `mode` says else. What is no regular file, as a pipe or a device, is written into. Throws `io` or `storage_full`. */
export async function writeWhole(file: string, content: Uint8Array | string, mode = OF_ITS_OWNER): Promise<void> {
  await accessing(file, 'written', async () => {
    const there = await stat(file).catch(() => null);
    if (there !== null && !there.isFile()) return writeFile(file, content);
    const path = await realPathOf(file);
    const beside = `${path}.${randomUUID().slice(0, 8)}.writing`;
    try {
      await writeFile(beside, content, { mode, flag: 'wx' });
      await rename(beside, path);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
  });
}
