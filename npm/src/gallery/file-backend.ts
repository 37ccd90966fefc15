/** A gallery that is one file in a store: the engine holds it, as of the store's revision. */
import type { CoreVoiceprint, Precision } from '../core/gallery.js';
import { VoiceprintError } from '../error.js';
import type { GalleryStore } from '../gallery-types.js';
import type { GalleryBackend, RunInEngine } from './backend.js';
import type { EditResult, GalleryEdit, GalleryQuery, QueryResult } from './operations.js';

/** An engine may be replaced while it is given a gallery; one that always is has a fault of its own. */
const MAX_ATTEMPTS = 3;
const NOTHING_STORED = '';

let lastId = 0;

export class FileBackend implements GalleryBackend {
  private readonly id = String(++lastId);

  constructor(
    private readonly store: GalleryStore,
    private readonly precision: Precision,
    private readonly run: RunInEngine,
  ) {}

  async open(): Promise<void> {
    await this.hold();
  }

  /** Asks the engine about what is stored now. */
  async query(query: GalleryQuery): Promise<QueryResult> {
    let revision = (await this.store.revision()) ?? NOTHING_STORED;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const result = await this.run({ kind: 'query', key: { id: this.id, revision }, query });
      if (result !== null) return result as QueryResult;
      revision = await this.hold();
    }
    throw new VoiceprintError('internal', 'The engine does not keep the gallery.');
  }

  async edit(edit: GalleryEdit): Promise<readonly CoreVoiceprint[]> {
    let voiceprints: readonly CoreVoiceprint[] = [];
    await this.store.update(async (stored) => {
      const operation = { kind: 'edit', bytes: stored?.bytes ?? null, precision: this.precision, edit } as const;
      const result = (await this.run(operation)) as EditResult;
      voiceprints = result.voiceprints;
      return result.bytes;
    });
    return voiceprints;
  }

  async clear(): Promise<void> {
    await this.store.update(async () => null);
  }

  async close(): Promise<void> {
    await this.run({ kind: 'release', id: this.id });
  }

  /** Gives the engine what is stored, and its revision. */
  private async hold(): Promise<string> {
    const stored = await this.store.read();
    const revision = stored?.revision ?? NOTHING_STORED;
    const key = { id: this.id, revision };
    await this.run({ kind: 'hold', key, bytes: stored?.bytes ?? null, precision: this.precision });
    return revision;
  }
}
