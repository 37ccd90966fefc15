/** The file that a path means in the end: who replaces it must not replace a link to it. */
import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { codeOf } from './file-error.js';

/** Of a file that need not be there, in a folder that must. */
export async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  const target = await readlink(path).catch(() => null);
  if (target !== null) return realPathOf(resolve(dirname(path), target));
  return join(await realpath(dirname(path)), basename(path));
}
