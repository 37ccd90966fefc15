/** A store that forgets with the page or process. */
import type { GalleryStore, StoredGallery } from '../gallery-types.js';
import { SerialQueue } from '../worker/serial-queue.js';

export function memoryStore(): GalleryStore {
  const queue = new SerialQueue();
  let stored: StoredGallery | null = null;
  let lastRevision = 0;
  return {
    read: async () => stored && { ...stored, bytes: stored.bytes.slice() },
    revision: async () => stored?.revision ?? null,
    update: (change) =>
      queue.run(async () => {
        const bytes = await change(stored && { ...stored, bytes: stored.bytes.slice() });
        stored = bytes && { bytes: bytes.slice(), revision: String(++lastRevision) };
      }, undefined),
  };
}
