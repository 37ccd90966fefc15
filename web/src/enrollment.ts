/** Enrolling one person: name and consent, then utterances until they are enough, then the voiceprint. */
import { effect, signal } from '@preact/signals';
import { type EnrollmentSession, type EnrollmentStep, type EnrollOptions, VoiceprintError } from 'voiceprint-wasm';
import { modelInUse } from './engine';
import { say } from './language';
import { announceChange, openPeople } from './people';
import { embeddingOf, type TakeEmbedding } from './takes/embedding';
import { cosineOf, isSameRecording } from './takes/same-recording';
import { Slot } from './takes/slot';
import type { Take } from './takes/take';
import { type Problem, problemOf } from './words/problem';

/** An utterance that the session holds. */
export interface Utterance {
  readonly step: EnrollmentStep;
  readonly embedding: TakeEmbedding;
}

export interface Speaking {
  readonly kind: 'speaking';
  readonly session: EnrollmentSession;
  /** What the session holds, in order. */
  readonly accepted: readonly Utterance[];
  /** The latest recording, if it was not accepted; 'repeated' where it is one that was accepted before. */
  readonly rejected: EnrollmentStep | 'repeated' | null;
  readonly activity: 'none' | 'checking' | 'saving';
  /** True where the name was enrolled meanwhile, in another tab: the user chooses what to do. */
  readonly isTaken: boolean;
  readonly problem: Problem | null;
}

export type EnrollmentState =
  | { readonly kind: 'form'; readonly problem: Problem | null }
  | Speaking
  | { readonly kind: 'saved'; readonly name: string };

export const enrollment = signal<EnrollmentState>({ kind: 'form', problem: null });
export const enrollmentSlot = new Slot('');

/** Utterances that make a voiceprint; fewer do when there is much speech in them. */
export const TARGET_UTTERANCES = 3;

export async function beginEnrollment(name: string, existing: EnrollOptions['existing']): Promise<void> {
  try {
    const session = await openSession(name, existing);
    enrollmentSlot.clear();
    enrollment.value = {
      kind: 'speaking',
      session,
      accepted: [],
      rejected: null,
      activity: 'none',
      isTaken: false,
      problem: null,
    };
  } catch (error) {
    enrollment.value = { kind: 'form', problem: problemOf(error, 'people') };
  }
}

async function openSession(name: string, existing: EnrollOptions['existing']): Promise<EnrollmentSession> {
  const gallery = await openPeople();
  return gallery.enroll(name, { existing: existing ?? 'refuse', targetUtterances: TARGET_UTTERANCES });
}

/** Forgets what was recorded and goes back to the form. */
export function cancelEnrollment(): void {
  endEnrollment(null);
}

function endEnrollment(problem: Problem | null): void {
  const state = enrollment.peek();
  if (state.kind === 'speaking') state.session.cancel();
  enrollmentSlot.clear();
  enrollment.value = { kind: 'form', problem };
}

/** The user looks elsewhere: who comes back wants to add another person. One that is not finished yet stays. */
export function leaveEnrollment(): void {
  if (enrollment.peek().kind === 'saved') enrollment.value = { kind: 'form', problem: null };
}

export function undoUtterance(): void {
  const state = enrollment.peek();
  if (state.kind !== 'speaking' || state.activity !== 'none' || state.accepted.length === 0) return;
  state.session.undo();
  enrollmentSlot.clear();
  enrollment.value = { ...state, accepted: state.accepted.slice(0, -1), rejected: null, problem: null };
}

export function retryUtterance(): void {
  const state = enrollment.peek();
  if (state.kind !== 'speaking') return;
  enrollmentSlot.clear();
  enrollment.value = { ...state, rejected: null, problem: null };
}

export async function saveEnrollment(): Promise<void> {
  const state = enrollment.peek();
  if (state.kind !== 'speaking' || state.activity !== 'none') return;
  enrollment.value = { ...state, activity: 'saving', problem: null };
  try {
    await state.session.save();
    // Asks the browser not to evict what the user wants kept; it may refuse, and says nothing of consequence either way.
    void navigator.storage?.persist?.().catch(() => undefined);
    enrollmentSlot.clear();
    enrollment.value = { kind: 'saved', name: state.session.name };
    await announceChange();
  } catch (error) {
    update(state.session, failure(error));
  }
}

/** Goes on under another name, or with what shall become of the voiceprint that has the name; what was accepted is kept. */
export async function renameEnrollment(name: string, existing: EnrollOptions['existing']): Promise<void> {
  const state = enrollment.peek();
  if (state.kind !== 'speaking' || state.activity !== 'none') return;
  enrollment.value = { ...state, activity: 'checking', problem: null };
  try {
    const session = await openSession(name, existing);
    const accepted: Utterance[] = [];
    let rejected: Speaking['rejected'] = null;
    for (const { embedding } of state.accepted) {
      const step = await session.add(embedding);
      if (step.accepted) accepted.push({ step, embedding });
      else rejected = step;
    }
    if (!update(state.session, { session, accepted, rejected, isTaken: false })) return;
    state.session.cancel();
    const take = enrollmentSlot.take.peek();
    if (rejected === null && session.isComplete) await saveEnrollment();
    else if (take) offer(take);
  } catch (error) {
    update(state.session, failure(error));
  }
}

/** Changes what is shown, unless another enrollment took the place of this one meanwhile. */
function update(session: EnrollmentSession, part: Partial<Speaking>): boolean {
  const now = enrollment.peek();
  if (now.kind !== 'speaking' || now.session !== session) return false;
  enrollment.value = { ...now, activity: 'none', ...part };
  return true;
}

function failure(error: unknown): Partial<Speaking> {
  if (error instanceof VoiceprintError && error.code === 'already_enrolled') return { isTaken: true };
  return { problem: problemOf(error, 'people') };
}

/** One that is accepted is forgotten as sound. */
function offer(take: Take): void {
  const state = enrollment.peek();
  if (state.kind !== 'speaking') return;
  enrollment.value = { ...state, activity: 'checking', rejected: null, problem: null };
  const { session, accepted } = state;
  const result = async (): Promise<Partial<Speaking>> => {
    const embedding = await embeddingOf(take);
    if (accepted.some((one) => isRepeated(one.embedding, embedding))) return { rejected: 'repeated' };
    const step = await session.add(embedding);
    return step.accepted ? { accepted: [...accepted, { step, embedding }] } : { rejected: step };
  };
  result()
    .catch(failure)
    .then((part) => {
      update(session, part);
      if (part.accepted && enrollmentSlot.take.peek() === take) enrollmentSlot.clear();
    });
}

// Each recording that arrives in the slot is offered to the session.
effect(() => {
  const take = enrollmentSlot.take.value;
  if (take) offer(take);
});

function isRepeated({ vector: before }: TakeEmbedding, { vector }: TakeEmbedding): boolean {
  return before !== null && vector !== null && isSameRecording(cosineOf(before, vector));
}

// A session belongs to its model: what it holds cannot be compared with what another model hears.
effect(() => {
  modelInUse.value;
  if (enrollment.peek().kind === 'speaking') endEnrollment(() => say().problems.modelChanged);
});

// Who closes or reloads the page is asked first while there is something to lose.
effect(() => {
  const state = enrollment.value;
  if (state.kind !== 'speaking' || state.accepted.length === 0) return;
  const ask = (event: BeforeUnloadEvent) => event.preventDefault();
  addEventListener('beforeunload', ask);
  return () => removeEventListener('beforeunload', ask);
});
