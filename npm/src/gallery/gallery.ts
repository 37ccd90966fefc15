/** A gallery as its user sees it, whatever keeps its voiceprints. */
import type { CoreVoiceprint } from '../core/gallery.js';
import type { DecisionOptions } from '../decision/compare.js';
import { throwIfAborted, VoiceprintError } from '../error.js';
import type {
  Adaptation,
  EnrolledEmbedding,
  EnrollmentSession,
  EnrollOptions,
  Gallery,
  Identification,
  IdentifyOptions,
  ImportOptions,
  Probe,
  Verification,
  VoiceprintInfo,
} from '../gallery-types.js';
import { SlidingIdentifier } from '../live/live-identifier.js';
import type { LiveIdentifier, LiveOptions } from '../live-types.js';
import type { TimedEmbedding } from '../timing.js';
import type { CallOptions, CompareOptions, FreshEmbedding, Recording } from '../types.js';
import { callProgress } from '../worker/call-progress.js';
import type { GalleryBackend, RunInEngine } from './backend.js';
import { Enrollment } from './enrollment.js';
import { checkName } from './name.js';
import type { GalleryEdit, GalleryQuery, NamedEmbeddings, QueryResult, Ranking } from './operations.js';

const DEFAULT_TOP = 5;
const MAX_ADAPTED = 8;
/** What a gallery needs of the Voiceprint that opened it. */
export interface GalleryHost {
  embed(recording: Recording, options: CallOptions): Promise<FreshEmbedding>;
  embedProbe(probe: Probe, options: CallOptions): Promise<TimedEmbedding>;
  readonly run: RunInEngine;
  readonly modelSha256: string;
}

export class HostedGallery implements Gallery {
  private isClosed = false;

  constructor(
    private readonly host: GalleryHost,
    private readonly backend: GalleryBackend,
  ) {}

  enroll(name: string, options: EnrollOptions = {}): EnrollmentSession {
    this.throwIfClosed();
    return new Enrollment(name, options, {
      embed: (recording, callOptions) => this.embed(recording, callOptions),
      consistency: async (utterance, previous) => {
        const result = await this.host.run({ kind: 'consistency', utterance, previous });
        return result as { llr: number; isConsistent: boolean };
      },
      centroid: (wanted) => this.centroid(wanted),
      save: async (wanted, embeddings, existing) => {
        const [voiceprint] = await this.edit({ kind: 'enroll', name: wanted, embeddings, existing });
        return infoOf(voiceprint as CoreVoiceprint);
      },
    });
  }

  async verify(name: string, recording: Probe, options: CompareOptions = {}): Promise<Verification> {
    await this.query({ kind: 'find', name });
    const probe = await this.embed(recording, options);
    const query = { kind: 'verify', name, probe, options: decisionOptions(options) } as const;
    const verification = (await this.query(query)) as Omit<Verification, 'timing'>;
    return { ...verification, timing: probe.timing };
  }

  async identify(recording: Probe, options: IdentifyOptions = {}): Promise<Identification> {
    const top = options.top ?? DEFAULT_TOP;
    if (!Number.isInteger(top) || top < 1) {
      throw new VoiceprintError('invalid_argument', `top must be a whole number from 1, but it is ${top}.`);
    }
    const probe = await this.embed(recording, options);
    const ranking = await this.query({ kind: 'identify', probe, top, options: decisionOptions(options) });
    return { ...identificationOf(ranking as Ranking, top), timing: probe.timing };
  }

  verifyBatch(
    trials: readonly { readonly name: string; readonly recording: Probe }[],
    options: CompareOptions = {},
  ): Promise<PromiseSettledResult<Verification>[]> {
    return inTurn(trials, options, ({ name, recording }, part) => this.verify(name, recording, part));
  }

  identifyBatch(
    recordings: readonly Probe[],
    options: IdentifyOptions = {},
  ): Promise<PromiseSettledResult<Identification>[]> {
    return inTurn(recordings, options, (recording, part) => this.identify(recording, part));
  }

  async adapt(name: string, recording: Probe, options: CompareOptions = {}): Promise<Adaptation> {
    const probe = await this.embed(recording, options);
    const verification = { ...(await this.verify(name, probe, options)), timing: probe.timing };
    if (verification.decision !== 'accept' || probe.vector === null) return { adapted: false, verification };
    const { netSpeechS, snrDb, bandwidthHz } = probe.quality;
    const measured = { netSpeechS, snrDb, bandwidthHz };
    const embedding = { vector: probe.vector, addedMs: Date.now(), ...measured, isAdapted: true };
    await this.edit({ kind: 'adapt', name, embedding, maxAdapted: MAX_ADAPTED });
    return { adapted: true, verification };
  }

  live(options: LiveOptions = {}): LiveIdentifier {
    this.throwIfClosed();
    return new SlidingIdentifier(options, {
      embed: (recording) => this.host.embed(recording, {}),
      identify: (embedding, call) => this.identify(embedding, call),
    });
  }

  async list(): Promise<VoiceprintInfo[]> {
    return ((await this.query({ kind: 'list' })) as readonly CoreVoiceprint[]).map(infoOf);
  }

  async embeddings(names?: readonly string[]): Promise<EnrolledEmbedding[]> {
    const found = (await this.query({ kind: 'embeddings', names: names ?? null })) as readonly NamedEmbeddings[];
    return found.flatMap(({ name, embeddings }) =>
      embeddings.map(({ vector, addedMs, isAdapted, ...quality }) => ({
        name,
        vector,
        quality,
        modelSha256: this.host.modelSha256,
        addedAt: new Date(addedMs),
        isAdapted,
      })),
    );
  }

  async rename(from: string, to: string): Promise<void> {
    checkName(to);
    await this.edit({ kind: 'rename', from, to });
  }

  async remove(name: string): Promise<void> {
    await this.edit({ kind: 'remove', name });
  }

  async clear(): Promise<void> {
    this.throwIfClosed();
    await this.backend.clear();
  }

  async export(names?: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.query({ kind: 'export', names: names ?? null })) as Uint8Array<ArrayBuffer>;
  }

  async import(
    file: Uint8Array | ArrayBuffer | Blob,
    { onConflict = 'refuse' }: ImportOptions = {},
  ): Promise<string[]> {
    const bytes = new Uint8Array(file instanceof Blob ? await file.arrayBuffer() : file);
    return (await this.edit({ kind: 'import', file: bytes, onConflict })).map(({ name }) => name);
  }

  async merge(other: Gallery, options?: ImportOptions): Promise<string[]> {
    return this.import(await other.export(), options);
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.backend.close().catch(() => {}); // a disposed engine holds nothing
  }

  /** Null where nobody of this name is enrolled. */
  private async centroid(name: string): Promise<Float32Array | null> {
    try {
      return (await this.query({ kind: 'centroid', name })) as Float32Array;
    } catch (error) {
      if (error instanceof VoiceprintError && error.code === 'not_enrolled') return null;
      throw error;
    }
  }

  private embed(probe: Probe, options: CallOptions): Promise<TimedEmbedding> {
    this.throwIfClosed();
    throwIfAborted(options.signal);
    return this.host.embedProbe(probe, options);
  }

  private edit(edit: GalleryEdit): Promise<readonly CoreVoiceprint[]> {
    this.throwIfClosed();
    return this.backend.edit(edit);
  }

  private query(query: GalleryQuery): Promise<QueryResult> {
    this.throwIfClosed();
    return this.backend.query(query);
  }

  private throwIfClosed(): void {
    if (this.isClosed) throw new VoiceprintError('disposed', 'This gallery was closed.');
  }
}

function infoOf({ createdMs, updatedMs, ...info }: CoreVoiceprint): VoiceprintInfo {
  return { ...info, createdAt: new Date(createdMs), updatedAt: new Date(updatedMs) };
}

function decisionOptions(options: CompareOptions): DecisionOptions {
  const { targetFalseAlarmRate = null, pTarget = null } = options;
  return { targetFalseAlarmRate, pTarget };
}

function identificationOf(ranking: Ranking, top: number): Omit<Identification, 'timing'> {
  const { candidates, isAccepted, threshold, numVoiceprints, quality, pTarget } = ranking;
  const [best, second] = candidates;
  const isJudged = quality.ok && (best !== undefined || numVoiceprints === 0);
  return {
    match: isAccepted && best ? best.name : null,
    decision: !isJudged ? 'inconclusive' : isAccepted ? 'accept' : 'reject',
    candidates: candidates.slice(0, top),
    margin: best && second ? best.llr - second.llr : null,
    pTarget,
    threshold,
    numVoiceprints,
    searchFalseAlarmRate: 1 - (1 - threshold.measuredFalseAlarmRate) ** numVoiceprints,
    quality,
  };
}

/** One after another, with one progress over all; only an abort ends the whole. */
async function inTurn<Item, Options extends CallOptions, T>(
  items: readonly Item[],
  options: Options,
  call: (item: Item, options: Options) => Promise<T>,
): Promise<PromiseSettledResult<T>[]> {
  const results: PromiseSettledResult<T>[] = [];
  for (const [i, item] of items.entries()) {
    throwIfAborted(options.signal);
    const onProgress = (fraction: number) => options.onProgress?.((i + fraction) / items.length);
    const [result] = await Promise.allSettled([call(item, { ...options, onProgress })]);
    if (result) results.push(result);
    callProgress(options.onProgress, (i + 1) / items.length);
  }
  throwIfAborted(options.signal);
  return results;
}
