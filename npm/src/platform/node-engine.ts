/** What the engine needs from Node; runs in the main thread and in workers. */
import { open, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { ByteSource } from '../audio/byte-source.js';
import { decodeInNode } from '../audio/node-decoder.js';
import { VoiceprintError } from '../error.js';
import type { EnginePlatform } from './platform.js';
import { readHttp } from './read-http.js';

export const nodeEngine: EnginePlatform = { readAsset, openFile, decode: decodeInNode };

async function readAsset(...[url, options]: Parameters<EnginePlatform['readAsset']>) {
  if (!url.startsWith('file:')) return readHttp(url, options);
  try {
    return new Uint8Array(await readFile(fileURLToPath(url), { signal: options.signal }));
  } catch (error) {
    if (isMissing(error)) return null;
    throw ioError(url, error);
  }
}

async function openFile(path: string): Promise<ByteSource> {
  try {
    const file = await open(path, 'r');
    const stats = await file.stat();
    if (!stats.isFile()) {
      await file.close();
      throw new VoiceprintError('io', `${path} is not a file.`);
    }
    return {
      size: stats.size,
      path,
      read: async (offset, length) => {
        const bytes = new Uint8Array(Math.max(0, Math.min(length, stats.size - offset)));
        const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
        return bytes.subarray(0, bytesRead);
      },
      close: () => file.close(),
    };
  } catch (error) {
    throw error instanceof VoiceprintError ? error : ioError(path, error);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

function ioError(place: string, error: unknown): VoiceprintError {
  const reason = isMissing(error) ? 'there is no such file' : String(error instanceof Error ? error.message : error);
  return new VoiceprintError('io', `${place} could not be read: ${reason}.`, { cause: error });
}
