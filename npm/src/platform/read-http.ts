/** Reading a URL with progress. */
import { abortedError, VoiceprintError } from '../error.js';
import type { ReadOptions } from './platform.js';

/** Null for 404 and 410. Throws `network` or `aborted`. */
export async function readHttp(
  url: string,
  { signal, onProgress }: ReadOptions,
): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    const response = await fetch(url, { signal });
    if (response.status === 404 || response.status === 410) return null;
    if (!response.ok || !response.body) throw new Error(`the server answered ${response.status}`);
    // The length on the wire; what arrives is longer where the server compresses.
    const expected = Number(response.headers.get('content-length'));
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let received = 0;
    const reader = response.body.getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      pieces.push(piece.value);
      received += piece.value.length;
      if (expected > 0) onProgress?.(Math.min(1, received / expected));
    }
    return joined(pieces, received);
  } catch (error) {
    if (signal.aborted) throw abortedError(signal);
    if (error instanceof VoiceprintError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new VoiceprintError('network', `${url} could not be fetched: ${reason}.`, { cause: error });
  }
}

function joined(pieces: readonly Uint8Array[], numBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(numBytes);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
