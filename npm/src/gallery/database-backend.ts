/** A gallery of which a database holds each voiceprint and finds the nearest: what is asked of the engine is about a few. */
import type { CoreVoiceprint, Precision } from '../core/gallery.js';
import type { VoiceprintDatabase } from '../gallery-types.js';
import type { GalleryBackend, RunInEngine } from './backend.js';
import { alreadyEnrolled } from './name.js';
import type { EditResult, GalleryEdit, GalleryQuery, QueryResult, Ranking } from './operations.js';

type Bytes = Uint8Array<ArrayBuffer>;

/** The database's nearest are approximate, and their order by LLR may differ. */
const MIN_NEAREST = 32;

export class DatabaseBackend implements GalleryBackend {
  constructor(
    private readonly database: VoiceprintDatabase,
    private readonly precision: Precision,
    private readonly run: RunInEngine,
  ) {}

  async open(): Promise<void> {
    await this.database.count();
  }

  async query(query: GalleryQuery): Promise<QueryResult> {
    switch (query.kind) {
      case 'list':
        return this.ask(await this.database.load(null), query);
      case 'embeddings':
      case 'export':
        return this.ask(await this.database.load(query.names), query);
      case 'identify': {
        const { vector } = query.probe;
        const nearest = vector === null ? [] : await this.database.nearest(vector, Math.max(query.top, MIN_NEAREST));
        const ranking = (await this.ask(nearest, query)) as Ranking;
        return { ...ranking, numVoiceprints: await this.database.count() };
      }
      default:
        return this.ask(await this.database.load([query.name]), query);
    }
  }

  async edit(edit: GalleryEdit): Promise<readonly CoreVoiceprint[]> {
    switch (edit.kind) {
      case 'import':
        return this.import(edit);
      case 'remove':
        await this.query({ kind: 'find', name: edit.name });
        await this.database.update(edit.name, async () => null);
        return [];
      case 'rename':
        return this.change(edit.from, edit);
      default:
        return this.change(edit.name, edit);
    }
  }

  clear(): Promise<void> {
    return this.database.clear();
  }

  async close(): Promise<void> {}

  private async change(name: string, edit: GalleryEdit): Promise<readonly CoreVoiceprint[]> {
    let voiceprints: readonly CoreVoiceprint[] = [];
    await this.database.update(name, async (file) => {
      const result = (await this.run({ kind: 'edit', bytes: file, precision: this.precision, edit })) as EditResult;
      voiceprints = result.voiceprints;
      const [voiceprint] = voiceprints as [CoreVoiceprint];
      const centroid = await this.ask([result.bytes], { kind: 'centroid', name: voiceprint.name });
      return { name: voiceprint.name, file: result.bytes, centroid: centroid as Float32Array };
    });
    return voiceprints;
  }

  /** One by one: a database that fails in between keeps those that were imported by then. */
  private async import({ file, onConflict }: GalleryEdit & { kind: 'import' }): Promise<readonly CoreVoiceprint[]> {
    const whole = new Uint8Array(file);
    const imported = (await this.ask([whole], { kind: 'list' })) as readonly CoreVoiceprint[];
    if (onConflict === 'refuse') {
      const present = await this.database.load(imported.map(({ name }) => name));
      const [taken] = (await this.ask(present, { kind: 'list' })) as readonly CoreVoiceprint[];
      if (taken) throw alreadyEnrolled(taken.name);
    }
    const changed: CoreVoiceprint[] = [];
    for (const { name } of imported) {
      const part = (await this.ask([whole], { kind: 'export', names: [name] })) as Bytes;
      changed.push(...(await this.change(name, { kind: 'import', file: part, onConflict })));
    }
    return changed;
  }

  private async ask(files: readonly Bytes[], query: GalleryQuery): Promise<QueryResult> {
    return (await this.run({ kind: 'ask', files, precision: this.precision, query })) as QueryResult;
  }
}
