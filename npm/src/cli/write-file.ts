/** A file that is there whole or not at all: written beside, then renamed. */
import { rename, writeFile } from 'node:fs/promises';
import { VoiceprintError } from '../error.js';

/** Readable by its owner alone. Throws `io`. */
export async function writeBeside(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(`${file}.writing`, bytes, { mode: 0o600 });
    await rename(`${file}.writing`, file);
  } catch (error) {
    throw new VoiceprintError('io', `${file} could not be written: ${(error as Error).message}.`, { cause: error });
  }
}
