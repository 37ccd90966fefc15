/** Where a gallery's voiceprints are, as its calls see it. */
import type { CoreVoiceprint } from '../core/gallery.js';
import type { GalleryEdit, GalleryOperation, GalleryQuery, GalleryResult, QueryResult } from './operations.js';

/** Runs an operation in the engine. */
export type RunInEngine = (operation: GalleryOperation) => Promise<GalleryResult>;

export interface GalleryBackend {
  /** Refuses what cannot be used when a gallery is opened. */
  open(): Promise<void>;
  query(query: GalleryQuery): Promise<QueryResult>;
  /** Gives the voiceprints that it made or changed. */
  edit(edit: GalleryEdit): Promise<readonly CoreVoiceprint[]>;
  /** Deletes all voiceprints. */
  clear(): Promise<void>;
  /** Frees what the engine holds. */
  close(): Promise<void>;
}
