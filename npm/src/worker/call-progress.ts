/** The caller's `onProgress`: what it throws ends the call, as a fault of the caller's. */
import { VoiceprintError } from '../error.js';
import type { CallOptions } from '../types.js';

export function callProgress(onProgress: CallOptions['onProgress'], fraction: number): void {
  try {
    onProgress?.(fraction);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new VoiceprintError('invalid_argument', `onProgress threw an error, which ended the call: ${reason}.`, {
      cause: error,
    });
  }
}
