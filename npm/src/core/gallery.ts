/** The core's gallery: parsing, editing, writing and searching voiceprints. */
import { VoiceprintError } from '../error.js';
import type { Core } from './module.js';

export const PRECISIONS = ['float32', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** In the order of `OnConflict` (`voiceprint/gallery.h`). */
export const CONFLICT_POLICIES = ['refuse', 'keep', 'replace', 'combine'] as const;
export type ConflictPolicy = (typeof CONFLICT_POLICIES)[number];

export interface GalleryModel {
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  readonly name: string;
}

export interface CoreVoiceprint {
  readonly name: string;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly numEmbeddings: number;
  readonly numAdapted: number;
  /** Of its recordings together: sum, mean and mean. */
  readonly netSpeechS: number;
  readonly snrDb: number;
  readonly bandwidthHz: number;
}

/** As a voiceprint keeps it. */
export interface CoreEmbedding {
  readonly vector: Float32Array;
  readonly addedMs: number;
  /** Of the recording. */
  readonly netSpeechS: number;
  readonly snrDb: number;
  readonly bandwidthHz: number;
  readonly isAdapted: boolean;
}

const MODEL_NAME_BYTES = 63;
/** `vp_status` of an unknown name. */
const UNDEFINED = 10;

export class CoreGallery {
  readonly dimension: number;
  readonly precision: Precision;

  private constructor(
    private readonly core: Core,
    private pointer: number,
  ) {
    [this.dimension, this.precision] = core.scratch(24, (at) => {
      core.check(core.c.vp_gallery_describe(pointer, at));
      const [dimension = 0, precision = 0] = core.doubles(at, 3);
      return [dimension, PRECISIONS[precision] ?? 'float32'];
    });
  }

  static create(core: Core, model: GalleryModel, dimension: number, precision: Precision): CoreGallery {
    const sha256 = Uint8Array.from(model.sha256.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    const name = cutText(new TextEncoder().encode(model.name), MODEL_NAME_BYTES);
    return core.scratch(sha256.length + name.length + 1, (at) => {
      core.bytes(at, sha256.length).set(sha256);
      core.bytes(at + sha256.length, name.length).set(name);
      return core.scratch(4, (out) => {
        const status = core.c.vp_gallery_create(
          at,
          at + sha256.length,
          name.length,
          dimension,
          PRECISIONS.indexOf(precision),
          out,
        );
        core.check(status);
        return new CoreGallery(core, core.uint(out));
      });
    });
  }

  /** Throws the core's `corrupt_data`, `truncated` or `unsupported_format` (a newer version). */
  static parse(core: Core, file: Uint8Array): CoreGallery {
    return core.scratch(file.length, (at) => {
      core.bytes(at, file.length).set(file);
      return core.scratch(4, (out) => {
        core.check(core.c.vp_gallery_parse(at, file.length, out));
        return new CoreGallery(core, core.uint(out));
      });
    });
  }

  serialise(): Uint8Array<ArrayBuffer> {
    const { core } = this;
    return core.scratch(8, (at) => {
      core.check(core.c.vp_gallery_serialise(this.pointer, at, at + 4));
      return core.bytes(core.uint(at), core.uint(at + 4)).slice();
    });
  }

  get model(): GalleryModel {
    const { core } = this;
    return core.scratch(12, (at) => {
      core.check(core.c.vp_gallery_model(this.pointer, at, at + 4, at + 8));
      const digits = Array.from(core.bytes(core.uint(at), 32), (byte) => byte.toString(16).padStart(2, '0'));
      return { sha256: digits.join(''), name: core.text(core.uint(at + 4), core.uint(at + 8)) };
    });
  }

  get size(): number {
    const { core } = this;
    return core.scratch(24, (at) => {
      core.check(core.c.vp_gallery_describe(this.pointer, at));
      return core.doubles(at, 3)[2] ?? 0;
    });
  }

  voiceprint(index: number): CoreVoiceprint {
    const { core } = this;
    return core.scratch(64, (at) => {
      core.check(core.c.vp_gallery_voiceprint(this.pointer, index, at, at + 56, at + 60));
      const [
        createdMs = 0,
        updatedMs = 0,
        numEmbeddings = 0,
        numAdapted = 0,
        netSpeechS = 0,
        snrDb = 0,
        bandwidthHz = 0,
      ] = core.doubles(at, 7);
      const name = core.text(core.uint(at + 56), core.uint(at + 60));
      return { name, createdMs, updatedMs, numEmbeddings, numAdapted, netSpeechS, snrDb, bandwidthHz };
    });
  }

  /** Null if there is no such name. */
  find(name: string): number | null {
    const { core } = this;
    return this.withName(name, (at, length) =>
      core.scratch(4, (out) => {
        const status = core.c.vp_gallery_find(this.pointer, at, length, out);
        if (status === UNDEFINED) return null;
        core.check(status);
        return core.uint(out);
      }),
    );
  }

  /** To the voiceprint of this name, or to a new one. Throws `invalid_argument` for a bad name. */
  add(name: string, { vector, ...info }: CoreEmbedding): void {
    const { core } = this;
    this.checkLength(vector);
    this.withName(name, (nameAt, length) =>
      core.scratch(40 + vector.byteLength, (at) => {
        const { addedMs, netSpeechS, snrDb, bandwidthHz, isAdapted } = info;
        core.doubles(at, 5).set([addedMs, netSpeechS, snrDb, bandwidthHz, isAdapted ? 1 : 0]);
        core.floats(at + 40, vector.length).set(vector);
        core.check(core.c.vp_gallery_add(this.pointer, nameAt, length, at + 40, at));
      }),
    );
  }

  /** Of another gallery of the same model. */
  copy(from: CoreGallery, index: number, onConflict: ConflictPolicy): void {
    const policy = CONFLICT_POLICIES.indexOf(onConflict);
    this.core.check(this.core.c.vp_gallery_copy(this.pointer, from.pointer, index, policy));
  }

  remove(index: number): void {
    this.core.check(this.core.c.vp_gallery_remove(this.pointer, index));
  }

  rename(index: number, name: string): void {
    this.withName(name, (at, length) =>
      this.core.check(this.core.c.vp_gallery_rename(this.pointer, index, at, length)),
    );
  }

  /** Keeps the latest `maxAdapted` adapted embeddings, and all enrolled ones. */
  trimAdapted(index: number, maxAdapted: number): void {
    this.core.check(this.core.c.vp_gallery_trim_adapted(this.pointer, index, maxAdapted));
  }

  /** A voiceprint's embeddings, of unit length, in the order in which they were added. */
  embeddings(index: number): CoreEmbedding[] {
    const { core, dimension } = this;
    const { numEmbeddings } = this.voiceprint(index);
    return core.scratch(40 + 4 * dimension, (at) =>
      Array.from({ length: numEmbeddings }, (_, i) => {
        core.check(core.c.vp_gallery_embedding(this.pointer, index, i, at + 40, at));
        const [addedMs = 0, netSpeechS = 0, snrDb = 0, bandwidthHz = 0, origin = 0] = core.doubles(at, 5);
        const vector = new Float32Array(core.floats(at + 40, dimension));
        return { vector, addedMs, netSpeechS, snrDb, bandwidthHz, isAdapted: origin === 1 };
      }),
    );
  }

  /** The unit-length mean of a voiceprint's embeddings. */
  centroid(index: number): Float32Array<ArrayBuffer> {
    const { core, dimension } = this;
    return core.scratch(4 * dimension, (at) => {
      core.check(core.c.vp_gallery_centroid(this.pointer, index, at));
      return new Float32Array(core.floats(at, dimension));
    });
  }

  /** Indices of the best voiceprints, best first. */
  search(probe: Float32Array, maxCandidates: number): { readonly index: number; readonly score: number }[] {
    const { core } = this;
    this.checkLength(probe);
    const count = Math.min(maxCandidates, this.size);
    return core.scratch(probe.byteLength + 8 * count + 4, (at) => {
      const indicesAt = at + probe.byteLength;
      const scoresAt = indicesAt + 4 * count;
      core.floats(at, probe.length).set(probe);
      core.check(core.c.vp_gallery_search(this.pointer, at, count, indicesAt, scoresAt, scoresAt + 4 * count));
      const scores = core.floats(scoresAt, count);
      return Array.from(scores, (score, i) => ({ index: core.uint(indicesAt + 4 * i), score }));
    });
  }

  dispose(): void {
    this.core.c.vp_gallery_destroy(this.pointer);
    this.pointer = 0;
  }

  /** The core reads `dimension` values, whatever there is. */
  private checkLength({ length }: Float32Array): void {
    if (length === this.dimension) return;
    throw new VoiceprintError(
      'invalid_argument',
      `An embedding of this gallery has ${this.dimension} values, this one has ${length}.`,
    );
  }

  private withName<T>(name: string, use: (at: number, length: number) => T): T {
    const { core } = this;
    const bytes = new TextEncoder().encode(name);
    return core.scratch(bytes.length, (at) => {
      core.bytes(at, bytes.length).set(bytes);
      return use(at, bytes.length);
    });
  }
}

/** At most `maxBytes`, never in the middle of a character. */
function cutText(utf8: Uint8Array, maxBytes: number): Uint8Array {
  if (utf8.length <= maxBytes) return utf8;
  let end = maxBytes;
  while (((utf8[end] ?? 0) & 0xc0) === 0x80) end--;
  return utf8.subarray(0, end);
}
