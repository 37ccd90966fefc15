/** A place for a recording: a small state machine around the sources. */
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { loadEngine } from '../engine';
import { say } from '../language';
import { type Problem, problemOf } from '../words/problem';
import { Capture } from './capture';
import { type ConversationId, conversationName, makeConversation } from './conversation';
import { openFile } from './file';
import { fetchSample, type SampleChoice, sampleName } from './samples';
import { analyzeTake, releaseTake, type Source, type Take } from './take';

export type SlotState =
  | { readonly kind: 'empty'; readonly problem: Problem | null }
  | { readonly kind: 'starting' }
  | { readonly kind: 'recording'; readonly capture: Capture }
  | { readonly kind: 'reading'; readonly name: () => string; readonly fraction: number }
  | { readonly kind: 'ready'; readonly take: Take; readonly notice: (() => string) | null };

/** '' where there is only one place. */
export type SlotLetter = 'A' | 'B' | '';

/** There is one microphone: the slot that has it, or had it last. */
let atMicrophone: Slot | null = null;

export class Slot {
  readonly state: ReadonlySignal<SlotState>;
  readonly take = computed(() => (this.state.value.kind === 'ready' ? this.state.value.take : null));
  private readonly stateSignal = signal<SlotState>({ kind: 'empty', problem: null });
  /** Belongs to what the slot is doing now; anything older finds its signal aborted and changes nothing. */
  private current = new AbortController();
  private recordings = 0;

  constructor(readonly letter: SlotLetter) {
    this.state = this.stateSignal;
  }

  /** Resolves when the file is ready or refused; never rejects (nor do the other sources). */
  useFile(file: File): Promise<void> {
    const { signal } = this.restart();
    return this.read(
      () => openFile(file),
      () => file.name,
      signal,
      null,
    );
  }

  useSample(choice: SampleChoice): Promise<void> {
    const { signal } = this.restart();
    return this.read(
      () => fetchSample(choice, signal),
      () => sampleName(choice),
      signal,
      null,
    );
  }

  useConversation(id: ConversationId): Promise<void> {
    const { signal } = this.restart();
    return this.read(
      () => makeConversation(id, signal),
      () => conversationName(id),
      signal,
      null,
    );
  }

  /** What another slot is recording ends, and stays there: one sound in two slots would be compared with itself. */
  async startRecording(): Promise<void> {
    if (atMicrophone !== this) atMicrophone?.leave();
    atMicrophone = this;
    const { signal } = this.restart();
    this.stateSignal.value = { kind: 'starting' };
    try {
      const capture = await Capture.start(signal, (lost) => void this.finishRecording(lost));
      if (!signal.aborted) this.stateSignal.value = { kind: 'recording', capture };
    } catch (error) {
      if (!signal.aborted) this.stateSignal.value = { kind: 'empty', problem: problemOf(error, 'microphone') };
    }
  }

  stopRecording(): Promise<void> {
    return this.finishRecording(false);
  }

  clear(): void {
    this.restart();
    this.stateSignal.value = { kind: 'empty', problem: null };
  }

  /** The user looks elsewhere: frees the microphone and keeps what was recorded. */
  leave(): void {
    const { kind } = this.stateSignal.value;
    if (kind === 'recording') void this.finishRecording(false);
    if (kind === 'starting') this.clear();
  }

  private async finishRecording(lost: boolean): Promise<void> {
    const state = this.stateSignal.value;
    if (state.kind !== 'recording') return;
    const { signal } = this.current;
    const count = ++this.recordings;
    const name = () => say().takes.ownName(count);
    const notice = lost ? () => say().takes.disconnected : null;
    this.stateSignal.value = { kind: 'reading', name, fraction: 0 };
    const source = async (): Promise<Source> => ({ name, origin: 'microphone', audio: await state.capture.stop() });
    await this.read(source, name, signal, notice);
  }

  private async read(
    open: () => Promise<Source>,
    name: () => string,
    signal: AbortSignal,
    notice: (() => string) | null,
  ): Promise<void> {
    this.stateSignal.value = { kind: 'reading', name, fraction: 0 };
    try {
      const source = await open();
      const take = await analyzeTake(await loadEngine(), source, signal, (fraction) => {
        if (!signal.aborted) this.stateSignal.value = { kind: 'reading', name, fraction };
      });
      if (signal.aborted) releaseTake(take);
      else this.stateSignal.value = { kind: 'ready', take, notice };
    } catch (error) {
      if (!signal.aborted) this.stateSignal.value = { kind: 'empty', problem: problemOf(error, 'recording') };
    }
  }

  /** Ends whatever runs and gives back what it held. */
  private restart(): AbortController {
    this.current.abort();
    this.current = new AbortController();
    const state = this.stateSignal.value;
    if (state.kind === 'ready') releaseTake(state.take);
    return this.current;
  }
}
