/** Enrolling one person: name and consent, then utterances until they are enough, then the voiceprint. */
import { effect, signal } from '@preact/signals';
import type { EnrollmentSession, EnrollmentStep, EnrollOptions } from 'voiceprint-wasm';
import { announceChange, openPeople } from './people';
import { Slot } from './takes/slot';
import { type Problem, problemOf } from './words/problem';

export type EnrollmentState =
  | { readonly kind: 'form'; readonly problem: Problem | null }
  | {
      readonly kind: 'speaking';
      readonly session: EnrollmentSession;
      /** What the session holds, in order. */
      readonly accepted: readonly EnrollmentStep[];
      /** The latest recording, if it was not accepted. */
      readonly rejected: EnrollmentStep | null;
      readonly activity: 'none' | 'checking' | 'saving';
      readonly problem: Problem | null;
    }
  | { readonly kind: 'saved'; readonly name: string };

export const enrollment = signal<EnrollmentState>({ kind: 'form', problem: null });
export const enrollmentSlot = new Slot('');

/** Utterances that make a voiceprint; fewer do when there is much speech in them. */
export const TARGET_UTTERANCES = 3;

export async function beginEnrollment(name: string, existing: EnrollOptions['existing']): Promise<void> {
  try {
    const gallery = await openPeople();
    const session = gallery.enroll(name, { existing: existing ?? 'refuse', targetUtterances: TARGET_UTTERANCES });
    enrollmentSlot.clear();
    enrollment.value = {
      kind: 'speaking',
      session,
      accepted: [],
      rejected: null,
      activity: 'none',
      problem: null,
    };
  } catch (error) {
    enrollment.value = { kind: 'form', problem: problemOf(error, 'people') };
  }
}

/** Forgets what was recorded and goes back to the form. */
export function cancelEnrollment(): void {
  const state = enrollment.peek();
  if (state.kind === 'speaking') state.session.cancel();
  enrollmentSlot.clear();
  enrollment.value = { kind: 'form', problem: null };
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
    enrollment.value = { ...state, activity: 'none', problem: problemOf(error, 'people') };
  }
}

// Each recording that arrives in the slot is offered to the session; one that is accepted is forgotten as sound.
effect(() => {
  const take = enrollmentSlot.take.value;
  const state = enrollment.peek();
  if (!take || state.kind !== 'speaking') return;
  enrollment.value = { ...state, activity: 'checking', rejected: null, problem: null };
  const { session } = state;
  const finish = (part: Partial<Extract<EnrollmentState, { kind: 'speaking' }>>) => {
    const now = enrollment.peek();
    if (now.kind === 'speaking' && now.session === session) enrollment.value = { ...now, activity: 'none', ...part };
  };
  session.add(take.recording).then(
    (step) => {
      finish(step.accepted ? { accepted: [...state.accepted, step] } : { rejected: step });
      if (step.accepted && enrollmentSlot.take.peek() === take) enrollmentSlot.clear();
    },
    (error) => finish({ problem: problemOf(error, 'people') }),
  );
});
