/** From a name to a voiceprint: form, utterances, done. */
import { useEffect, useRef } from 'preact/hooks';
import { EnrollmentForm } from '../components/enrollment-form';
import { EnrollmentSteps } from '../components/enrollment-steps';
import { Icon } from '../components/icon';
import { Intro } from '../components/intro';
import { useKeepFocus } from '../components/keep-focus';
import { useLeaving } from '../components/use-leaving';
import { cancelEnrollment, enrollment, enrollmentSlot, leaveEnrollment } from '../enrollment';
import { say } from '../language';
import { addressOf } from '../route';

export function EnrollView() {
  useLeaving(enrollmentSlot);
  const words = say().people.enroll;
  const state = enrollment.value;
  const box = useRef<HTMLDivElement>(null);
  useKeepFocus(box, state);
  useEffect(() => leaveEnrollment, []);
  return (
    <div ref={box} tabIndex={-1}>
      <Intro heading={state.kind === 'speaking' ? words.who(state.session.name) : words.heading} text={words.intro} />
      {state.kind === 'form' && <EnrollmentForm problem={state.problem} />}
      {state.kind === 'speaking' && <EnrollmentSteps state={state} />}
      {state.kind === 'saved' && <Saved name={state.name} />}
    </div>
  );
}

function Saved({ name }: { name: string }) {
  const words = say().people.enroll;
  const next = useRef<HTMLAnchorElement>(null);
  useEffect(() => next.current?.focus(), []);
  return (
    <section class="card saved" aria-labelledby="saved">
      <span class="saved-mark">
        <Icon name="check" />
      </span>
      <div role="status">
        <h2 id="saved">{words.saved(name)}</h2>
        <p>{words.savedText}</p>
      </div>
      <div class="actions">
        <a class="button button-primary" href={addressOf({ view: 'verify', name })} ref={next}>
          {words.verifyNow(name)}
        </a>
        <button type="button" class="button" onClick={cancelEnrollment}>
          {words.another}
        </button>
        <a class="button" href={addressOf({ view: 'people' })}>
          {words.list}
        </a>
      </div>
    </section>
  );
}
