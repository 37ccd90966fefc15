/** The utterances of an enrollment: what was accepted, what is missing, and the place where the next one comes in. */
import type { EnrollmentStep } from 'voiceprint-wasm';
import {
  cancelEnrollment,
  enrollmentSlot,
  retryUtterance,
  type Speaking,
  saveEnrollment,
  TARGET_UTTERANCES,
  undoUtterance,
} from '../enrollment';
import { say } from '../language';
import { seconds } from '../words/numbers';
import { type QualityNote, qualityNotes } from '../words/quality';
import { Icon } from './icon';
import { ProblemNotice } from './problem-notice';
import { SlotCard } from './slot-card';
import { SpeechRing } from './speech-ring';
import { TakenName } from './taken-name';

export function EnrollmentSteps({ state }: { state: Speaking }) {
  const words = say().people.enroll;
  const { accepted, activity, session, rejected, isTaken, problem } = state;
  const { prompts } = words;
  const prompt = prompts[accepted.length % prompts.length] ?? '';
  const busy = activity !== 'none';
  return (
    <div class="enrollment">
      <section class="card enrollment-progress" aria-label={words.who(session.name)}>
        <div class="enrollment-state">
          <Progress state={state} />
          <ol class="utterances">
            {Array.from(
              { length: Math.max(TARGET_UTTERANCES, accepted.length + (session.isComplete ? 0 : 1)) },
              (_, i) => (
                <Utterance key={String(i)} count={i + 1} step={accepted[i]?.step} />
              ),
            )}
          </ol>
        </div>
        <p class="hint" role="status">
          {busy ? (activity === 'saving' ? words.saving : words.checking) : advice(state)}
        </p>
        {problem && <ProblemNotice problem={problem} />}
        {isTaken && <TakenName key={session.name} name={session.name} busy={busy} />}
        {/* Busy is not disabled, which would take the focus away. */}
        <div class="actions">
          {!isTaken && (
            <button
              type="button"
              class="button button-primary"
              disabled={!session.isComplete}
              aria-disabled={busy}
              onClick={() => void saveEnrollment()}
            >
              {words.save}
            </button>
          )}
          {accepted.length > 0 && (
            <button type="button" class="button" aria-disabled={busy} onClick={undoUtterance}>
              {words.undo}
            </button>
          )}
          <button type="button" class="button" onClick={cancelEnrollment}>
            {words.cancel}
          </button>
        </div>
      </section>
      <div class="enrollment-slot">
        {rejected && <Rejected step={rejected} />}
        <SlotCard slot={enrollmentSlot} prompt={{ prompt, promptLead: words.prompt }} bare />
      </div>
    </div>
  );
}

function advice({ session, accepted }: Speaking): string {
  const words = say().people.enroll;
  return session.isComplete ? words.enough : words.more(Math.max(1, TARGET_UTTERANCES - accepted.length));
}

function Progress({ state: { session } }: { state: Speaking }) {
  const words = say().people.enroll;
  const percent = Math.floor(session.progress);
  return (
    <SpeechRing fraction={session.progress / 100} label={words.progress(percent)}>
      <b>{percent}%</b>
      <span>{words.complete}</span>
    </SpeechRing>
  );
}

function Utterance({ count, step }: { count: number; step: EnrollmentStep | undefined }) {
  const words = say().people.enroll;
  return (
    <li class={step ? 'utterance utterance-accepted' : 'utterance'}>
      <span class="utterance-mark" aria-hidden="true">
        {step ? <Icon name="check" /> : count}
      </span>
      <span>
        {words.utterance(count)}{' '}
        <span class="muted">{step ? words.accepted(seconds(step.quality.netSpeechS)) : words.waiting}</span>
      </span>
    </li>
  );
}

/** Why the latest recording was not used, and what to do. */
function Rejected({ step }: { step: EnrollmentStep | 'repeated' }) {
  const words = say().people.enroll;
  return (
    <div class="note note-warn note-wide" role="alert">
      <Icon name="warning" />
      <div class="rejected">
        <p>
          <strong>{words.notUsed}</strong>
        </p>
        {(step === 'repeated' ? [words.repeated] : rejectionNotes(step)).map(({ finding, cure }) => (
          <p key={finding}>
            <strong>{finding}</strong> {cure}
          </p>
        ))}
        <button type="button" class="button" onClick={retryUtterance}>
          {words.tryAgain}
        </button>
      </div>
    </div>
  );
}

function rejectionNotes(step: EnrollmentStep): readonly QualityNote[] {
  const notes = qualityNotes({ ...step.quality, reasons: step.reasons.filter((one) => one !== 'different_speaker') });
  return step.reasons.includes('different_speaker') ? [...notes, say().people.enroll.otherVoice] : notes;
}
