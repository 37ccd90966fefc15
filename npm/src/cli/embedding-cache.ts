/** Embeddings kept in a file, one JSON line each, so that a stopped run goes on where it was. */
import { appendFileSync, chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Embedding } from '../types.js';
import { accessing } from './file-access.js';

/** Whatever else than the recording makes an embedding and its quality what they are. */
export interface EmbeddingMaker {
  readonly modelSha256: string;
  /** Of manifest.json: front end and quality limits are in it. */
  readonly manifestSha256: string;
  readonly packageVersion: string;
}

/** Voices' embeddings are for their owner alone. */
const MODE = 0o600;

interface Entry {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: number;
  /** Base64 of little-endian float32; null where there is nothing to embed. */
  readonly vector: string | null;
  readonly quality: Embedding['quality'];
}

export class EmbeddingCache {
  private readonly entries = new Map<string, Entry>();

  /** Starts anew where the file is of another maker. A line that was cut by a stop is dropped. */
  constructor(
    private readonly file: string,
    private readonly maker: EmbeddingMaker,
  ) {
    const header = JSON.stringify(maker);
    const kept = accessing(file, 'read', () => (existsSync(file) ? readFileSync(file, 'utf8') : ''));
    const [first, ...lines] = kept.split('\n');
    const isOurs = first === header;
    const entries = isOurs ? lines.map(parseEntry).filter((entry) => entry !== null) : [];
    for (const entry of entries) this.entries.set(entry.path, entry);
    const text = `${[header, ...entries.map((entry) => JSON.stringify(entry))].join('\n')}\n`;
    accessing(file, 'written', () => writeFileSync(file, text, { mode: MODE }));
    accessing(file, 'written', () => chmodSync(file, MODE));
  }

  /** null where the recording is not there or has changed since. */
  get(path: string): Embedding | null {
    const entry = this.entries.get(resolve(path));
    const { size, mtimeMs } = accessing(path, 'read', () => statSync(path));
    if (!entry || entry.bytes !== size || entry.modifiedMs !== mtimeMs) return null;
    return { vector: decode(entry.vector), quality: entry.quality, modelSha256: this.maker.modelSha256 };
  }

  add(path: string, { vector, quality }: Embedding): void {
    const { size, mtimeMs } = accessing(path, 'read', () => statSync(path));
    const entry: Entry = { path: resolve(path), bytes: size, modifiedMs: mtimeMs, vector: encode(vector), quality };
    this.entries.set(entry.path, entry);
    accessing(this.file, 'written', () => appendFileSync(this.file, `${JSON.stringify(entry)}\n`));
  }
}

function parseEntry(line: string): Entry | null {
  try {
    const { path, bytes, modifiedMs, vector, quality } = JSON.parse(line);
    const isWhole =
      typeof path === 'string' && (vector === null || typeof vector === 'string') && typeof quality === 'object';
    return isWhole ? { path, bytes, modifiedMs, vector, quality } : null;
  } catch {
    return null;
  }
}

function encode(vector: Float32Array | null): string | null {
  return vector && Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64');
}

function decode(text: string | null): Float32Array | null {
  if (text === null) return null;
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  return new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / 4));
}
