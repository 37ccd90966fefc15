/** Names of voiceprints, as the core allows them (`voiceprint/gallery.h`). */
import { VoiceprintError } from '../error.js';

const MAX_BYTES = 255;

/** Throws `invalid_argument`. */
export function checkName(name: unknown): void {
  if (typeof name === 'string' && !/\p{Cc}|\p{Surrogate}/u.test(name)) {
    const numBytes = new TextEncoder().encode(name).length;
    if (numBytes >= 1 && numBytes <= MAX_BYTES) return;
  }
  throw new VoiceprintError(
    'invalid_argument',
    'A name is 1 to 255 bytes of UTF-8 without control characters or lone surrogates.',
  );
}

export function alreadyEnrolled(name: string): VoiceprintError {
  return new VoiceprintError(
    'already_enrolled',
    `There is a voiceprint named "${name}" already: choose another name, or say what to do with the old one.`,
  );
}
