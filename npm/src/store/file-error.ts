/** What the file system refused, as an error that a program can act on and a person can understand. */
import { VoiceprintError } from '../error.js';

/** `what`: a clause that names the file, as "x could not be written". */
export function fileError(what: string, error: unknown): VoiceprintError {
  const code = codeOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new VoiceprintError('storage_full', `${what}: the disk is full. What was stored before is kept.`, {
      cause: error,
    });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new VoiceprintError('io', `${what}: ${reason}.`, { cause: error });
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
