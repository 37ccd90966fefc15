/** A recording on the command line: a path, or `-` for standard input. */
import type { Recording } from '../types.js';
import { usageError } from './usage.js';

/** Standard input is read once: naming it twice is an error of usage. */
export async function recordingOf(file: string, all: readonly string[]): Promise<Recording> {
  if (file !== '-') return file;
  if (all.filter((other) => other === '-').length > 1)
    throw usageError('standard input can be only one of the recordings');
  return readStandardInput();
}

export async function readStandardInput(): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin) pieces.push(piece as Buffer);
  return new Uint8Array(Buffer.concat(pieces));
}
