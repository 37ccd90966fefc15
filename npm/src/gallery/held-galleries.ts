/** The galleries of an engine: it holds those that are searched, and edits bytes for their stores. */
import { type ConflictPolicy, CoreGallery, type Precision } from '../core/gallery.js';
import type { Core } from '../core/module.js';
import { meanEmbedding } from '../core/scoring.js';
import type { TrialScorer } from '../core/trial-scorer.js';
import { choosePolicy, decide, type Policy, type Verdict } from '../decision/compare.js';
import { VoiceprintError } from '../error.js';
import type { Verification } from '../gallery-types.js';
import type { Manifest } from '../model/manifest.js';
import { isEncrypted } from '../store/encrypted.js';
import type { Embedding } from '../types.js';
import { alreadyEnrolled } from './name.js';
import type {
  Consistency,
  EditResult,
  GalleryEdit,
  GalleryKey,
  GalleryOperation,
  GalleryQuery,
  GalleryResult,
  QueryResult,
  Ranking,
} from './operations.js';

/** Candidates that are compared as recordings are, whose order may differ from that of their cosines. */
const MIN_COMPARED = 20;

export class HeldGalleries {
  private readonly held = new Map<string, { readonly revision: string; readonly gallery: CoreGallery }>();

  constructor(
    private readonly core: Core,
    private readonly manifest: Manifest,
    private readonly scorer: TrialScorer,
  ) {}

  run(operation: GalleryOperation): GalleryResult {
    switch (operation.kind) {
      case 'edit':
        return this.edit(operation.bytes, operation.precision, operation.edit);
      case 'hold': {
        const gallery = this.open(operation.bytes, operation.precision);
        this.release(operation.key.id);
        this.held.set(operation.key.id, { revision: operation.key.revision, gallery });
        return null;
      }
      case 'release':
        this.release(operation.id);
        return null;
      case 'query': {
        const gallery = this.find(operation.key);
        return gallery && this.query(gallery, operation.query);
      }
      case 'ask':
        return this.ask(operation.files, operation.precision, operation.query);
      case 'consistency':
        return this.consistency(operation.utterance, operation.previous);
    }
  }

  private find({ id, revision }: GalleryKey): CoreGallery | null {
    const entry = this.held.get(id);
    return entry?.revision === revision ? entry.gallery : null;
  }

  private release(id: string): void {
    this.held.get(id)?.gallery.dispose();
    this.held.delete(id);
  }

  /** Throws `gallery_corrupt`, `gallery_version` or `gallery_model`. */
  private open(bytes: Uint8Array | null, precision: Precision): CoreGallery {
    const { onnx, name, version, tensors } = this.manifest;
    if (bytes === null) {
      const model = { sha256: onnx.sha256, name: `${name} ${version}` };
      return CoreGallery.create(this.core, model, tensors.embeddingDim, precision);
    }
    const gallery = parse(this.core, bytes);
    const { sha256, name: made } = gallery.model;
    if (sha256 !== onnx.sha256) {
      gallery.dispose();
      throw new VoiceprintError(
        'gallery_model',
        `The voiceprints were enrolled with the model "${made}" (${sha256.slice(0, 12)}), this is "${name} ${version}" (${onnx.sha256.slice(0, 12)}): load that model, or enroll again.`,
      );
    }
    return gallery;
  }

  private ask(files: readonly Uint8Array[], precision: Precision, query: GalleryQuery): QueryResult {
    const joined = this.open(null, precision);
    try {
      for (const file of files) this.import(joined, file, 'refuse');
      return this.query(joined, query);
    } finally {
      joined.dispose();
    }
  }

  /** Gives the names. */
  private import(gallery: CoreGallery, file: Uint8Array, onConflict: ConflictPolicy): readonly string[] {
    const imported = this.open(file, gallery.precision);
    try {
      return namesOf(imported).map((name, index) => {
        if (onConflict === 'refuse' && gallery.find(name) !== null) throw alreadyEnrolled(name);
        gallery.copy(imported, index, onConflict);
        return name;
      });
    } finally {
      imported.dispose();
    }
  }

  private edit(bytes: Uint8Array | null, precision: Precision, edit: GalleryEdit): EditResult {
    const gallery = this.open(bytes, precision);
    try {
      const names = this.apply(gallery, edit);
      return {
        bytes: gallery.serialise(),
        voiceprints: names.map((name) => gallery.voiceprint(indexOf(gallery, name))),
      };
    } finally {
      gallery.dispose();
    }
  }

  /** Gives the names of the voiceprints that it made or changed. */
  private apply(gallery: CoreGallery, edit: GalleryEdit): readonly string[] {
    switch (edit.kind) {
      case 'enroll': {
        const present = gallery.find(edit.name);
        if (present !== null && edit.existing === 'refuse') throw alreadyEnrolled(edit.name);
        if (present !== null && edit.existing === 'replace') gallery.remove(present);
        for (const embedding of edit.embeddings) gallery.add(edit.name, embedding);
        return [edit.name];
      }
      case 'adapt':
        indexOf(gallery, edit.name);
        gallery.add(edit.name, edit.embedding);
        gallery.trimAdapted(indexOf(gallery, edit.name), edit.maxAdapted);
        return [edit.name];
      case 'rename': {
        const index = indexOf(gallery, edit.from);
        if (edit.to !== edit.from && gallery.find(edit.to) !== null) throw alreadyEnrolled(edit.to);
        gallery.rename(index, edit.to);
        return [edit.to];
      }
      case 'remove':
        gallery.remove(indexOf(gallery, edit.name));
        return [];
      case 'import':
        return this.import(gallery, edit.file, edit.onConflict);
    }
  }

  private query(gallery: CoreGallery, query: GalleryQuery): QueryResult {
    switch (query.kind) {
      case 'list':
        return Array.from({ length: gallery.size }, (_, index) => gallery.voiceprint(index));
      case 'find':
        return gallery.voiceprint(indexOf(gallery, query.name));
      case 'embeddings':
        return (query.names ?? namesOf(gallery)).map((name) => ({
          name,
          embeddings: gallery.embeddings(indexOf(gallery, name)),
        }));
      case 'centroid':
        return gallery.centroid(indexOf(gallery, query.name));
      case 'export':
        return query.names === null ? gallery.serialise() : this.extract(gallery, query.names);
      case 'verify':
        return this.verify(gallery, query.name, query.probe, choosePolicy(this.manifest, query.options));
      case 'identify':
        return this.identify(gallery, query.probe, query.top, choosePolicy(this.manifest, query.options));
    }
  }

  private extract(gallery: CoreGallery, names: readonly string[]): Uint8Array<ArrayBuffer> {
    const part = CoreGallery.create(this.core, gallery.model, gallery.dimension, gallery.precision);
    try {
      for (const name of names) part.copy(gallery, indexOf(gallery, name), 'keep');
      return part.serialise();
    } finally {
      part.dispose();
    }
  }

  private verify(gallery: CoreGallery, name: string, probe: Embedding, policy: Policy): Omit<Verification, 'timing'> {
    const { quality, ...comparison } = this.compare(gallery, indexOf(gallery, name), probe, policy);
    return { name, ...comparison, quality: quality[1] };
  }

  private identify(gallery: CoreGallery, probe: Embedding, top: number, policy: Policy): Ranking {
    const { quality, vector } = probe;
    const numVoiceprints = gallery.size;
    const common = { ...policy, numVoiceprints, quality };
    if (vector === null) return { candidates: [], isAccepted: false, ...common };
    const ranked = gallery.search(vector, Math.max(top, MIN_COMPARED)).map(({ index }) => ({
      name: gallery.voiceprint(index).name,
      comparison: this.compare(gallery, index, probe, policy),
    }));
    ranked.sort((a, b) => (b.comparison.llr ?? 0) - (a.comparison.llr ?? 0));
    const candidates = ranked.map(({ name, comparison: { score, asNorm, llr, probability } }) => ({
      name,
      score: score ?? 0,
      asNorm,
      llr: llr ?? 0,
      probability: probability ?? 0,
    }));
    return { candidates, isAccepted: ranked[0]?.comparison.decision === 'accept', ...common };
  }

  /** As two recordings are compared. */
  private compare(gallery: CoreGallery, index: number, probe: Embedding, policy: Policy): Verdict {
    const { netSpeechS, snrDb, bandwidthHz } = gallery.voiceprint(index);
    const quality = { ...probe.quality, ok: true, reasons: [], netSpeechS, snrDb, bandwidthHz };
    const enrolled = { vector: gallery.centroid(index), quality, modelSha256: probe.modelSha256 };
    return decide(this.core, this.scorer, enrolled, probe, policy);
  }

  /**
   * The most lenient operating point decides: a speaker who is refused by mistake is asked once more, and a stranger is not let in, since
   * verification has its own threshold.
   */
  private consistency(utterance: Embedding, previous: readonly Float32Array[]): Consistency {
    const points = this.manifest.operatingPoints;
    const targetFalseAlarmRate = Math.max(...points.map((point) => point.targetFalseAlarmRate));
    const policy = choosePolicy(this.manifest, { targetFalseAlarmRate, pTarget: null });
    const vector = meanEmbedding(this.core, previous);
    const before = { ...utterance, vector };
    const { llr, decision } = decide(this.core, this.scorer, before, utterance, policy);
    return { llr: llr ?? 0, isConsistent: decision === 'accept' };
  }
}

function parse(core: Core, bytes: Uint8Array): CoreGallery {
  if (isEncrypted(bytes))
    throw new VoiceprintError(
      'wrong_key',
      'The gallery is encrypted: open its store by encryptedStore() with its key.',
    );
  try {
    return CoreGallery.parse(core, bytes);
  } catch (error) {
    if (!(error instanceof VoiceprintError)) throw error;
    const codes = {
      unsupported_format: 'gallery_version',
      corrupt_data: 'gallery_corrupt',
      truncated: 'gallery_corrupt',
    } as const;
    const code = error.code in codes ? codes[error.code as keyof typeof codes] : error.code;
    throw new VoiceprintError(code, error.message, { cause: error });
  }
}

function namesOf(gallery: CoreGallery): string[] {
  return Array.from({ length: gallery.size }, (_, index) => gallery.voiceprint(index).name);
}

function indexOf(gallery: CoreGallery, name: string): number {
  const index = gallery.find(name);
  if (index === null) throw new VoiceprintError('not_enrolled', `There is no voiceprint named "${name}".`);
  return index;
}
