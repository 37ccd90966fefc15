/** A question to the model that is asked again when the settings change: are these two one speaker, is this Alice? */
import { signal } from '@preact/signals';
import type { CompareOptions, Decision, OperatingPoint, Timing as Stages } from 'voiceprint-wasm';
import { type Problem, problemOf } from './words/problem';

/** What every answer consists of. */
export interface Judgement {
  readonly decision: Decision;
  readonly score: number | null;
  readonly llr: number | null;
  readonly probability: number | null;
  readonly pTarget: number;
  readonly threshold: OperatingPoint;
  /** Of the embeddings that were computed for it. */
  readonly timing: Stages;
  /** How much sound these embeddings took into account; 0 where all of them were known before. */
  readonly audioS: number;
}

export type Answer<T> =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly previous: T | null }
  | { readonly kind: 'done'; readonly answer: T }
  | { readonly kind: 'failed'; readonly problem: Problem };

/** From call to answer, as the user waits for it; without what changed settings take, which is next to nothing. */
export interface Timing {
  readonly tookS: number;
  readonly audioS: number;
  readonly stages: Stages;
}

/** Null: the model's own choice. */
export const targetFalseAlarmRate = signal<number | null>(null);
export const pTarget = signal(0.5);
/** Of whichever question was answered last. */
export const lastTiming = signal<Timing | null>(null);

type Asked<T> = (options: CompareOptions) => Promise<T>;

const questions: Question<Judgement>[] = [];

export class Question<T extends Judgement> {
  readonly state = signal<Answer<T>>({ kind: 'idle' });
  /** Of the answer that is shown. Null where no embedding was computed for it. */
  readonly timing = signal<Timing | null>(null);
  private asked: Asked<T> | null = null;
  private current = new AbortController();

  constructor() {
    questions.push(this as unknown as Question<Judgement>);
  }

  /** The latest answer, also while it is being brought up to date. */
  get shown(): T | null {
    const state = this.state.value;
    if (state.kind === 'done') return state.answer;
    return state.kind === 'running' ? state.previous : null;
  }

  /** Never rejects: a failure is in the state. A question asked meanwhile takes the place of this one. */
  async ask(asked: Asked<T>): Promise<void> {
    const isNew = asked !== this.asked;
    this.asked = asked;
    const before = this.state.peek();
    const previous = before.kind === 'done' ? before.answer : before.kind === 'running' ? before.previous : null;
    this.current.abort();
    this.current = new AbortController();
    const { signal: abort } = this.current;
    this.state.value = { kind: 'running', previous };
    const rate = targetFalseAlarmRate.peek();
    const startedAt = performance.now();
    try {
      const answer = await asked({
        signal: abort,
        pTarget: pTarget.peek(),
        ...(rate === null ? {} : { targetFalseAlarmRate: rate }),
      });
      if (abort.aborted) return;
      const tookS = (performance.now() - startedAt) / 1000;
      const { timing: stages, audioS } = answer;
      if (isNew && audioS > 0) {
        this.timing.value = { tookS, audioS, stages };
        lastTiming.value = this.timing.value;
      }
      this.state.value = { kind: 'done', answer };
    } catch (error) {
      if (!abort.aborted) this.state.value = { kind: 'failed', problem: problemOf(error, 'comparison') };
    }
  }

  askAgain(): void {
    if (this.asked && this.state.peek().kind !== 'idle') void this.ask(this.asked);
  }

  /** Takes the answer away, because what was asked about is no longer there. */
  reset(): void {
    this.asked = null;
    this.current.abort();
    this.state.value = { kind: 'idle' };
    this.timing.value = null;
  }
}

/** Changes a setting and brings every answer that is shown up to date. */
export function changeSetting(change: () => void): void {
  change();
  for (const question of questions) question.askAgain();
}
