import { comparisonState } from '../comparison';
import { say } from '../language';
import { verdictAnnouncement } from '../words/verdict';

/** Tells screen readers the verdict; always in the page, because a region that appears together with its text is not read. */
export function LiveRegion() {
  const state = comparisonState.value;
  return (
    <p class="visually-hidden" role="status" aria-live="polite" id="announcement">
      {state.kind === 'running'
        ? say().verdict.comparingStatus
        : state.kind === 'done'
          ? verdictAnnouncement(state.comparison)
          : ''}
    </p>
  );
}
