/** Enrollment of one speaker: utterances are judged one by one and kept until they are enough. */
import type { CoreEmbedding } from '../core/gallery.js';
import { VoiceprintError } from '../error.js';
import type { EnrollmentSession, EnrollmentStep, EnrollOptions, Probe, VoiceprintInfo } from '../gallery-types.js';
import type { CallOptions, Embedding, QualityReason } from '../types.js';
import { alreadyEnrolled, checkName } from './name.js';
import type { Consistency } from './operations.js';

const DEFAULT_SPEECH_S = 20;
const DEFAULT_UTTERANCES = 3;

/** What an enrollment needs of its gallery. */
export interface EnrollmentHost {
  embed(recording: Probe, options: CallOptions): Promise<Embedding>;
  consistency(utterance: Embedding, previous: readonly Float32Array[]): Promise<Consistency>;
  /** Of what is stored for this name; null for nothing. */
  centroid(name: string): Promise<Float32Array | null>;
  save(
    name: string,
    embeddings: readonly CoreEmbedding[],
    existing: 'refuse' | 'extend' | 'replace',
  ): Promise<VoiceprintInfo>;
}

export class Enrollment implements EnrollmentSession {
  private readonly utterances: CoreEmbedding[] = [];
  private readonly targetSpeechS: number;
  private readonly targetUtterances: number;
  /** How the session ended. */
  private end: 'cancelled' | 'saved' | null = null;

  constructor(
    readonly name: string,
    private readonly options: EnrollOptions,
    private readonly host: EnrollmentHost,
  ) {
    this.targetSpeechS = positive('targetSpeechS', options.targetSpeechS ?? DEFAULT_SPEECH_S);
    this.targetUtterances = positive('targetUtterances', options.targetUtterances ?? DEFAULT_UTTERANCES);
    checkName(name);
  }

  get netSpeechS(): number {
    return this.utterances.reduce((sum, { netSpeechS }) => sum + netSpeechS, 0);
  }

  get numUtterances(): number {
    return this.utterances.length;
  }

  get progress(): number {
    const fraction = Math.max(this.netSpeechS / this.targetSpeechS, this.numUtterances / this.targetUtterances);
    return Math.min(100, 100 * fraction);
  }

  get isComplete(): boolean {
    return this.progress >= 100;
  }

  async add(recording: Probe, options: CallOptions = {}): Promise<EnrollmentStep> {
    this.throwIfEnded();
    const stored = await this.storedVoice();
    const utterance = await this.host.embed(recording, options);
    const consistency = await this.checkSpeaker(utterance, stored);
    this.throwIfEnded();
    const { quality, vector } = utterance;
    const reasons: readonly QualityReason[] =
      consistency && !consistency.isConsistent ? [...quality.reasons, 'different_speaker'] : quality.reasons;
    const accepted = quality.ok && reasons.length === 0 && vector !== null;
    if (accepted) {
      const { netSpeechS, snrDb, bandwidthHz } = quality;
      this.utterances.push({ vector, addedMs: Date.now(), netSpeechS, snrDb, bandwidthHz, isAdapted: false });
    }
    return { accepted, reasons, quality, consistencyLlr: consistency?.llr ?? null, progress: this.progress };
  }

  undo(): void {
    this.throwIfEnded();
    this.utterances.pop();
  }

  async save(): Promise<VoiceprintInfo> {
    this.throwIfEnded();
    if (!this.isComplete) {
      throw new VoiceprintError(
        'enrollment_incomplete',
        `The enrollment of "${this.name}" is at ${Math.floor(this.progress)} %: add more speech, or lower targetSpeechS or targetUtterances.`,
      );
    }
    this.end = 'saved';
    try {
      return await this.host.save(this.name, [...this.utterances], this.options.existing ?? 'refuse');
    } catch (error) {
      if (this.end === 'saved') this.end = null;
      throw error;
    }
  }

  cancel(): void {
    this.end = 'cancelled';
    this.utterances.length = 0;
  }

  /** Null where there is nothing to compare with, and for an utterance that is not good enough to tell. */
  private async checkSpeaker(utterance: Embedding, stored: Float32Array | null): Promise<Consistency | null> {
    const { checkSpeaker = true } = this.options;
    const previous = [...(stored ? [stored] : []), ...this.utterances.map(({ vector }) => vector)];
    if (!checkSpeaker || !utterance.quality.ok || utterance.vector === null || previous.length === 0) return null;
    return this.host.consistency(utterance, previous);
  }

  /** The voice that is extended. Refuses a name that is taken before anybody speaks for nothing; `save` decides. */
  private async storedVoice(): Promise<Float32Array | null> {
    const { existing = 'refuse' } = this.options;
    if (existing === 'replace' || (existing === 'refuse' && this.utterances.length > 0)) return null;
    const stored = await this.host.centroid(this.name);
    if (stored === null || existing === 'extend') return stored;
    throw alreadyEnrolled(this.name);
  }

  private throwIfEnded(): void {
    if (this.end === null) return;
    const cure = this.end === 'saved' ? `: begin another with existing: 'extend' to add more` : '';
    throw new VoiceprintError('disposed', `The enrollment of "${this.name}" was ${this.end}${cure}.`);
  }
}

function positive(option: string, value: number): number {
  if (value > 0 && Number.isFinite(value)) return value;
  throw new VoiceprintError('invalid_argument', `${option} must be a number above 0, but it is ${value}.`);
}
