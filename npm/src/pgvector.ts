/**
 * Galleries in PostgreSQL with pgvector, for many machines at once: `voiceprint-wasm/pgvector`. Works with a `Pool` or `Client` of `pg` and with
 * PGlite; this package brings neither.
 */
import { VoiceprintError } from './error.js';
import type { DatabaseVoiceprint, VoiceprintDatabase } from './gallery-types.js';

/** What is needed of `pg` or PGlite. */
export interface SqlClient {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
}

export interface PgvectorOptions {
  /** Default 'voiceprints'. Letters, digits and underscores; may name a schema: `speakers.voiceprints`. */
  readonly table?: string;
  /** Voiceprints that the HNSW index looks at for a search (`hnsw.ef_search`), 1 to 1000: more finds the nearest more surely, and no search gives more candidates. Default 100. */
  readonly efSearch?: number;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** PostgreSQL's codes: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const UNIQUE_VIOLATION = '23505';
const DISK_FULL = '53100';
const MAX_ATTEMPTS = 50;

/**
 * Opens the table, making it and its HNSW index (by cosine) where there are none: `openGallery({ store: await pgvectorDatabase(pool, voiceprint.model.embeddingDim) })`. `dimension`
 * is that of the model's embeddings, at most 2000. Rejects with `storage_unavailable` where there is no pgvector, `gallery_model` where the
 * table has another dimension.
 */
export async function pgvectorDatabase(
  client: SqlClient,
  dimension: number,
  { table = 'voiceprints', efSearch = 100 }: PgvectorOptions = {},
): Promise<VoiceprintDatabase> {
  if (!/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)?$/.test(table)) {
    throw new VoiceprintError('invalid_argument', `"${table}" is no plain name of a table.`);
  }
  for (const [name, value, most] of [
    ['dimension', dimension, 2000],
    ['efSearch', efSearch, 1000],
  ] as const) {
    if (!Number.isInteger(value) || value < 1 || value > most)
      throw new VoiceprintError('invalid_argument', `${name} must be a whole number from 1 to ${most}, not ${value}.`);
  }
  const database = new PgvectorDatabase(client, table, efSearch);
  await database.create(dimension);
  return database;
}

class PgvectorDatabase implements VoiceprintDatabase {
  constructor(
    private readonly client: SqlClient,
    private readonly table: string,
    private readonly efSearch: number,
  ) {}

  private get searchFunction(): string {
    return `${this.table}_nearest_${this.efSearch}`;
  }

  async create(dimension: number): Promise<void> {
    const { table } = this;
    await this.sql('CREATE EXTENSION IF NOT EXISTS vector');
    await this.sql(
      `CREATE TABLE IF NOT EXISTS ${table} (name text COLLATE "C" PRIMARY KEY, revision bigint NOT NULL, centroid vector(${dimension}) NOT NULL, file bytea NOT NULL)`,
    );
    const index = `${table.replace('.', '_')}_centroid`;
    await this.sql(`CREATE INDEX IF NOT EXISTS ${index} ON ${table} USING hnsw (centroid vector_cosine_ops)`);
    // A function, because its settings hold for its own run: a pool may send the next statement elsewhere.
    await this.sql(
      `CREATE OR REPLACE FUNCTION ${this.searchFunction}(probe vector, most integer) RETURNS SETOF bytea LANGUAGE sql STABLE
       SET hnsw.ef_search = ${this.efSearch}
       AS 'SELECT file FROM ${table} ORDER BY centroid <=> probe LIMIT most'`,
    );
    const [row] = await this.sql<{ size: number }>(
      `SELECT atttypmod AS size FROM pg_attribute WHERE attrelid = $1::regclass AND attname = 'centroid'`,
      [table],
    );
    if (row?.size !== dimension) {
      throw new VoiceprintError(
        'gallery_model',
        `The table ${table} holds vectors of ${row?.size} values, the model gives ${dimension}: name another table.`,
      );
    }
  }

  async count(): Promise<number> {
    const [row] = await this.sql<{ count: number }>(`SELECT count(*)::int AS count FROM ${this.table}`);
    return row?.count ?? 0;
  }

  async load(names: readonly string[] | null): Promise<Bytes[]> {
    const rows =
      names === null
        ? await this.sql<{ file: Uint8Array }>(`SELECT file FROM ${this.table}`)
        : await this.sql<{ file: Uint8Array }>(`SELECT file FROM ${this.table} WHERE name = ANY($1)`, [names]);
    return rows.map(({ file }) => new Uint8Array(file));
  }

  async nearest(probe: Float32Array, count: number): Promise<Bytes[]> {
    const rows = await this.sql<{ file: Uint8Array }>(`SELECT ${this.searchFunction}($1::vector, $2) AS file`, [
      vectorText(probe),
      count,
    ]);
    return rows.map(({ file }) => new Uint8Array(file));
  }

  /** By comparing revisions: whoever was overtaken begins again with what the other wrote. */
  async update(name: string, change: (file: Bytes | null) => Promise<DatabaseVoiceprint | null>): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const [row] = await this.sql<{ revision: string; file: Uint8Array }>(
        `SELECT revision::text AS revision, file FROM ${this.table} WHERE name = $1`,
        [name],
      );
      const voiceprint = await change(row ? new Uint8Array(row.file) : null);
      if (await this.replace(name, row?.revision ?? null, voiceprint)) return;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 2 * attempt));
    }
    throw new VoiceprintError('storage_unavailable', `Others change "${name}" all the time: try again.`);
  }

  async clear(): Promise<void> {
    await this.sql(`DELETE FROM ${this.table}`);
  }

  /** False, and nothing is changed, where the row is not of this revision any more. */
  private async replace(
    name: string,
    revision: string | null,
    voiceprint: DatabaseVoiceprint | null,
  ): Promise<boolean> {
    const { table } = this;
    if (voiceprint === null) {
      if (revision === null) return true;
      const deleted = await this.sql(`DELETE FROM ${table} WHERE name = $1 AND revision = $2 RETURNING name`, [
        name,
        revision,
      ]);
      return deleted.length > 0;
    }
    const { file, centroid } = voiceprint;
    const values = [voiceprint.name, vectorText(centroid), file];
    const rows =
      revision === null
        ? await this.sql(
            `INSERT INTO ${table} (name, revision, centroid, file) VALUES ($1, 1, $2::vector, $3) ON CONFLICT DO NOTHING RETURNING name`,
            values,
          )
        : await this.sql(
            `UPDATE ${table} SET name = $1, revision = revision + 1, centroid = $2::vector, file = $3 WHERE name = $4 AND revision = $5 RETURNING name`,
            [...values, name, revision],
          );
    return rows.length > 0;
  }

  private async sql<Row>(text: string, values?: unknown[]): Promise<readonly Row[]> {
    try {
      return (await this.client.query(text, values)).rows as readonly Row[];
    } catch (error) {
      throw sqlError(error);
    }
  }
}

function vectorText(vector: Float32Array): string {
  return `[${vector.join(',')}]`;
}

function sqlError(error: unknown): VoiceprintError {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  const message = error instanceof Error ? error.message : String(error);
  if (code === UNIQUE_VIOLATION)
    return new VoiceprintError('already_enrolled', 'There is a voiceprint of this name already.', { cause: error });
  if (code === DISK_FULL)
    return new VoiceprintError('storage_full', 'The disk of the database is full; what was stored is kept.', {
      cause: error,
    });
  return new VoiceprintError('storage_unavailable', `The database refused: ${message}.`, { cause: error });
}
