/** The button that asks for the verdict, and what is still missing before it can. */
import { canCompare, compareTakes, comparisonState, slots } from '../comparison';
import { sampleChoice } from '../takes/samples';

export function CompareBar() {
  const running = comparisonState.value.kind === 'running';
  const ready = canCompare.value;
  return (
    <div class="compare-bar">
      <button
        type="button"
        class="button button-primary button-large"
        disabled={!ready || running}
        onClick={() => void compareTakes()}
      >
        {running ? 'Comparing…' : 'Compare the two voices'}
      </button>
      {bothEmpty() ? <Examples /> : <p class="hint">{missingWords(ready)}</p>}
    </div>
  );
}

function Examples() {
  return (
    <p class="hint">
      Nothing at hand? Try samples:{' '}
      <button type="button" class="link-button" onClick={() => void compareSamples('flite-slt', 'flite-slt')}>
        one voice twice
      </button>{' '}
      or{' '}
      <button type="button" class="link-button" onClick={() => void compareSamples('flite-slt', 'flite-rms')}>
        two voices
      </button>
    </p>
  );
}

async function compareSamples(voiceA: string, voiceB: string): Promise<void> {
  await Promise.all([
    slots.A.useSample(sampleChoice(voiceA, 'rain')),
    slots.B.useSample(sampleChoice(voiceB, 'parcel')),
  ]);
  await compareTakes();
}

const bothEmpty = () => slots.A.state.value.kind === 'empty' && slots.B.state.value.kind === 'empty';

function missingWords(ready: boolean): string {
  if (ready) return 'Different sentences are fine. It is the voice that counts.';
  const missing = [slots.A, slots.B].filter((slot) => slot.state.value.kind !== 'ready').map((slot) => slot.letter);
  return `Still needed: recording ${missing.join(' and ')}.`;
}
