/** Stores that this world does not have: the same names everywhere, so that one program type-checks for browsers and Node. */
import { VoiceprintError } from '../error.js';
import type { GalleryStore } from '../gallery-types.js';

export function unavailableStore(message: string): GalleryStore {
  const refuse = async () => {
    throw new VoiceprintError('storage_unavailable', message);
  };
  return { read: refuse, revision: refuse, update: refuse };
}
