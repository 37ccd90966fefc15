/** The built-in recordings as a small table: a voice per row, a sentence per button. */
import { say } from '../language';
import { SAMPLE_SENTENCES, SAMPLE_VOICES, type SampleChoice, sampleName } from '../takes/samples';

export function SamplePicker({ id, onChoose }: { id: string; onChoose: (choice: SampleChoice) => void }) {
  const words = say().takes;
  return (
    <div class="samples" id={id}>
      <p class="hint">{words.samplesNote}</p>
      <ul>
        {SAMPLE_VOICES.map((voice) => (
          <li key={voice.id}>
            <span class="sample-voice">
              {words.sampleVoices[voice.id]} <span class="muted">{voice.synthesizer}</span>
            </span>
            <span class="sample-buttons">
              {SAMPLE_SENTENCES.map((sentence) => (
                <button
                  key={sentence.id}
                  type="button"
                  class="small-button"
                  title={sentence.text}
                  aria-label={sampleName({ voice: voice.id, sentence: sentence.id })}
                  onClick={() => onChoose({ voice: voice.id, sentence: sentence.id })}
                >
                  {words.sampleSentences[sentence.id]}
                </button>
              ))}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
