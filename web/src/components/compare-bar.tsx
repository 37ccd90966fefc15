/** The button that asks for the verdict, and what is still missing before it can. */
import { canCompare, compareTakes, comparison, slots } from '../comparison';
import { say } from '../language';
import type { SampleVoice } from '../takes/samples';

export function CompareBar() {
  const running = comparison.state.value.kind === 'running';
  const ready = canCompare.value;
  const words = say().verdict;
  return (
    <div class="compare-bar">
      <button
        type="button"
        class="button button-primary button-large"
        disabled={!ready || running}
        onClick={() => void compareTakes()}
      >
        {running ? words.comparing : words.compare}
      </button>
      {bothEmpty() ? <Examples /> : <p class="hint">{missingWords(ready)}</p>}
    </div>
  );
}

function Examples() {
  const words = say().verdict;
  return (
    <p class="hint">
      {words.nothingAtHand}{' '}
      <button type="button" class="link-button" onClick={() => void compareSamples('flite-slt', 'flite-slt')}>
        {words.oneVoice}
      </button>{' '}
      {words.or}{' '}
      <button type="button" class="link-button" onClick={() => void compareSamples('flite-slt', 'festival-ked')}>
        {words.twoVoices}
      </button>
    </p>
  );
}

async function compareSamples(voiceA: SampleVoice['id'], voiceB: SampleVoice['id']): Promise<void> {
  await Promise.all([
    slots.A.useSample({ voice: voiceA, sentence: 'rain' }),
    slots.B.useSample({ voice: voiceB, sentence: 'parcel' }),
  ]);
  await compareTakes();
}

const bothEmpty = () => slots.A.state.value.kind === 'empty' && slots.B.state.value.kind === 'empty';

function missingWords(ready: boolean): string {
  if (ready) return say().verdict.ready;
  const missing = [slots.A, slots.B].filter((slot) => slot.state.value.kind !== 'ready').map((slot) => slot.letter);
  return say().verdict.missing(missing);
}
