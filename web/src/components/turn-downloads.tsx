/** The turns as files. */
import type { Diarization } from 'voiceprint-wasm';
import { say } from '../language';
import { saveFile } from '../save-file';
import { baseName, rttm, turnsJson } from '../turn-files';

interface Props {
  readonly recording: string;
  readonly found: Diarization;
  readonly labels: readonly string[];
}

export function TurnDownloads(told: Props) {
  const words = say().speakers;
  const name = baseName(told.recording);
  return (
    <div class="turn-downloads">
      <button
        type="button"
        class="button"
        onClick={() => saveFile(new Blob([rttm(told)], { type: 'text/plain' }), `${name}.rttm`)}
      >
        {words.saveRttm}
      </button>
      <button
        type="button"
        class="button"
        onClick={() => saveFile(new Blob([turnsJson(told)], { type: 'application/json' }), `${name}.json`)}
      >
        {words.saveJson}
      </button>
      <p class="hint">{words.saveHint}</p>
    </div>
  );
}
