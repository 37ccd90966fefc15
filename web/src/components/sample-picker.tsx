/** The built-in recordings as a small table: a voice per row, a sentence per button. */
import { SAMPLE_SENTENCES, SAMPLE_VOICES, type SampleChoice } from '../takes/samples';

export function SamplePicker({ id, onChoose }: { id: string; onChoose: (choice: SampleChoice) => void }) {
  return (
    <div class="samples" id={id}>
      <p class="hint">Voices made by speech synthesizers, not by people. They show how the page works, not how well.</p>
      <ul>
        {SAMPLE_VOICES.map((voice) => (
          <li key={voice.id}>
            <span class="sample-voice">
              {voice.description} <span class="muted">{voice.synthesizer}</span>
            </span>
            <span class="sample-buttons">
              {SAMPLE_SENTENCES.map((sentence) => (
                <button
                  key={sentence.id}
                  type="button"
                  class="small-button"
                  title={sentence.text}
                  aria-label={`${voice.description}: ${sentence.label}`}
                  onClick={() => onChoose({ voice, sentence })}
                >
                  {sentence.label}
                </button>
              ))}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
