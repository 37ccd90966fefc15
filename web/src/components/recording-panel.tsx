/** The slot while the microphone is open: what is heard, how much speech there is, and what to do better. */
import { say } from '../language';
import type { Capture } from '../takes/capture';
import { RECOMMENDED_SPEECH_S } from '../takes/recommended-speech';
import { isClipping, liveHint } from '../words/live-hint';
import { plain, seconds } from '../words/numbers';
import { Icon } from './icon';
import { LiveCanvas } from './live-canvas';
import { Prompt, type PromptWords } from './prompt';
import { SpeechRing } from './speech-ring';

interface Props extends PromptWords {
  readonly capture: Capture;
  readonly onStop: () => void;
  readonly onCancel: () => void;
}

export function RecordingPanel({ capture, onStop, onCancel, ...prompt }: Props) {
  const level = capture.level.value;
  const hint = liveHint(level);
  const speechS = level.netSpeechS ?? 0;
  const words = say().takes;
  return (
    <div class="recording">
      <Prompt {...prompt} />
      <LiveCanvas picture={capture.picture} />
      <div class="live-row">
        <SpeechRing
          fraction={speechS / RECOMMENDED_SPEECH_S}
          label={words.speechGoal(speechS.toFixed(1), RECOMMENDED_SPEECH_S)}
        >
          <b>{speechS.toFixed(1)}</b>
          <span>{words.speechOf(RECOMMENDED_SPEECH_S)}</span>
        </SpeechRing>
        <div class="live-words">
          <p class={`note note-${hint.tone}`} role="status">
            {hint.text}
          </p>
          <div class="live-figures">
            <span class="live-time">
              <span class="live-dot" aria-hidden="true" /> {seconds(level.elapsedS)}
            </span>
            <span class={isClipping(level) ? 'peak peak-clipping' : 'peak'}>
              {level.peakDbfs <= -100 ? words.peakSilent : words.peak(plain(level.peakDbfs, 0))}
            </span>
          </div>
        </div>
      </div>
      <div class="actions">
        <button type="button" class="button button-primary" onClick={onStop} ref={focusFirst}>
          <Icon name="stop" /> {words.stop}
        </button>
        <button type="button" class="button" onClick={onCancel}>
          {words.cancel}
        </button>
      </div>
    </div>
  );
}

/** The button that was pressed is gone; the one that takes its place gets the focus. */
function focusFirst(button: HTMLButtonElement | null): void {
  button?.focus({ preventScroll: true });
}
