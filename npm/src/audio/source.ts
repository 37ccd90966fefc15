/** A recording in the form that crosses to a worker. */
import { VoiceprintError } from '../error.js';
import type { Recording } from '../types.js';

export type AudioSource =
  | { readonly kind: 'pcm'; readonly samples: Float32Array<ArrayBuffer>; readonly sampleRateHz: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'blob'; readonly blob: Blob }
  | { readonly kind: 'path'; readonly path: string };

/** Copies arrays, so that the caller's stay as they are. Throws `invalid_argument` for anything that is no Recording. */
export function toSource(recording: Recording): AudioSource {
  if (typeof recording === 'string') return { kind: 'path', path: recording };
  if (recording instanceof Blob) return { kind: 'blob', blob: recording };
  if (recording instanceof ArrayBuffer) return { kind: 'bytes', bytes: new Uint8Array(recording.slice(0)) };
  if (recording instanceof Uint8Array) return { kind: 'bytes', bytes: new Uint8Array(recording) };
  if (recording?.samples instanceof Float32Array && Number.isInteger(recording.sampleRateHz)) {
    return { kind: 'pcm', samples: new Float32Array(recording.samples), sampleRateHz: recording.sampleRateHz };
  }
  throw new VoiceprintError(
    'invalid_argument',
    'A recording is { samples: Float32Array, sampleRateHz: integer }, an ArrayBuffer, a Uint8Array, a Blob or (in Node) a path.',
  );
}

/** The memory that moves to the worker instead of being copied again. */
export function transferOf(source: AudioSource): ArrayBuffer[] {
  switch (source.kind) {
    case 'pcm':
      return [source.samples.buffer];
    case 'bytes':
      return [source.bytes.buffer];
    default:
      return [];
  }
}
