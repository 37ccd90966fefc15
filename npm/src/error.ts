/** Every way in which a call can fail, as a code that a program can act on and a sentence that a person can. */

/** Numbered as in the C ABI (`voiceprint/result.h`); 0 is success. */
const CORE_CODES = [
  'invalid_argument',
  'unsupported_format',
  'corrupt_data',
  'truncated',
  'empty_audio',
  'non_finite_sample',
  'too_short',
  'io',
  'out_of_memory',
  'undefined_value',
] as const;

export type VoiceprintErrorCode =
  | (typeof CORE_CODES)[number]
  /** No manifest or ONNX file at the given place. */
  | 'model_not_found'
  /** The ONNX file is not the one that the manifest describes, or the runtime cannot read it. */
  | 'model_corrupt'
  /** The manifest breaks its schema; the message names the field. */
  | 'manifest_invalid'
  /** The manifest follows another version of the schema. */
  | 'manifest_version'
  /** The worker was silent for longer than `timeoutMs`; it has been replaced. */
  | 'timeout'
  /** The caller's AbortSignal fired; `cause` is its reason. */
  | 'aborted'
  /** The object was disposed of before or during the call. */
  | 'disposed'
  /** There is no voiceprint of this name in the gallery. */
  | 'not_enrolled'
  /** There is a voiceprint of this name already. */
  | 'already_enrolled'
  /** `save` before enough speech was added. */
  | 'enrollment_incomplete'
  /** The bytes are no gallery, or they are damaged or cut; what is stored was not changed. */
  | 'gallery_corrupt'
  /** The gallery was written by a newer version of this package. */
  | 'gallery_version'
  /** The gallery or embedding is of another model: embeddings of different models cannot be compared. */
  | 'gallery_model'
  /** The gallery is encrypted, and not with this passphrase or key. */
  | 'wrong_key'
  /** The browser's quota or the disk is full; what was stored before is kept. */
  | 'storage_full'
  /** There is no such storage here (IndexedDB in some private windows), it was denied, or another program holds it. */
  | 'storage_unavailable'
  | 'microphone_denied'
  | 'microphone_missing'
  | 'microphone_lost'
  /** The browser or Node lacks something, or a security policy forbids it; the message names it. */
  | 'unsupported_environment'
  /** One of the package's own files, or the model, could not be fetched. */
  | 'network'
  /** A fault of this package: please report it. `cause` is the original error. */
  | 'internal';

export class VoiceprintError extends Error {
  override readonly name = 'VoiceprintError';
  readonly code: VoiceprintErrorCode;

  constructor(code: VoiceprintErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Codes that are about the recording of a call: another recording may do. */
const RECORDING_CODES: readonly VoiceprintErrorCode[] = [
  'unsupported_format',
  'corrupt_data',
  'truncated',
  'empty_audio',
  'io',
  'non_finite_sample',
  'too_short',
  'undefined_value',
];

export function isAboutRecording(error: unknown): error is VoiceprintError {
  return error instanceof VoiceprintError && RECORDING_CODES.includes(error.code);
}

/** The error for a non-zero status of the C ABI, whose messages may be bare clauses. */
export function coreError(status: number, message: string): VoiceprintError {
  const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1)}${message.endsWith('.') ? '' : '.'}`;
  return new VoiceprintError(CORE_CODES[status - 1] ?? 'internal', sentence);
}

/** What crosses from worker to page: an Error would arrive without its code. */
export interface SerialisedError {
  readonly code: VoiceprintErrorCode;
  readonly message: string;
  readonly detail: string | null;
}

export function serialiseError(error: unknown): SerialisedError {
  const known = asVoiceprintError(error);
  return { code: known.code, message: known.message, detail: known.cause === undefined ? null : String(known.cause) };
}

export function reviveError({ code, message, detail }: SerialisedError): VoiceprintError {
  return new VoiceprintError(code, message, detail === null ? undefined : { cause: detail });
}

/** Gives every other error a code: a trap of the module is exhausted memory, anything else a fault of ours. */
export function asVoiceprintError(error: unknown): VoiceprintError {
  if (error instanceof VoiceprintError) return error;
  if (
    error instanceof WebAssembly.RuntimeError ||
    (error instanceof RangeError && /memory|allocation/i.test(error.message))
  ) {
    return new VoiceprintError('out_of_memory', 'Memory ran out. Use a shorter recording.', { cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new VoiceprintError('internal', `Unexpected fault: ${reason}`, { cause: error });
}

export function abortedError(signal: AbortSignal): VoiceprintError {
  return new VoiceprintError('aborted', 'The call was aborted.', { cause: signal.reason });
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortedError(signal);
}
