/** How many speakers the turns are divided among: found out, or known to the user. */
import { askForSpeakers, numSpeakers } from '../diarization';
import { say } from '../language';

const MOST = 10;

export function SpeakerCount() {
  const words = say().speakers;
  return (
    <label class="field speaker-count">
      <span class="field-name">{words.count}</span>
      <select
        value={String(numSpeakers.value ?? 0)}
        onChange={({ currentTarget }) => askForSpeakers(Number(currentTarget.value) || null)}
      >
        <option value="0">{words.findOut}</option>
        {Array.from({ length: MOST }, (_, i) => (
          <option key={String(i + 1)} value={i + 1}>
            {i + 1}
          </option>
        ))}
      </select>
      <span class="hint">{words.countHint}</span>
    </label>
  );
}
