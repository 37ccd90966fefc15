/** The slot while the microphone is open: what is heard, how much speech there is, and what to do better. */
import { useEffect, useRef } from 'preact/hooks';
import { barsOf, drawLevelHistory } from '../drawing/level-history';
import { prepareSurface } from '../drawing/surface';
import type { Capture } from '../takes/capture';
import { RECOMMENDED_SPEECH_S } from '../takes/recommended-speech';
import { isClipping, liveHint } from '../words/live-hint';
import { plain, seconds } from '../words/numbers';
import { Icon } from './icon';

interface Props {
  readonly capture: Capture;
  readonly onStop: () => void;
  readonly onCancel: () => void;
}

export function RecordingPanel({ capture, onStop, onCancel }: Props) {
  const level = capture.level.value;
  const hint = liveHint(level);
  const speechS = level.netSpeechS ?? 0;
  return (
    <div class="recording">
      <p class="prompt">
        Read this aloud, or say anything you like:
        <q>
          On Sunday we walked along the harbour, bought warm bread, and watched the boats come home before the storm.
        </q>
      </p>
      <LevelHistory capture={capture} />
      <div class="live-figures">
        <span class="live-time">
          <span class="live-dot" aria-hidden="true" /> {seconds(level.elapsedS)}
        </span>
        <span class={isClipping(level) ? 'peak peak-clipping' : 'peak'}>
          Peak {level.peakDbfs <= -100 ? 'silent' : `${plain(level.peakDbfs, 0)} dBFS`}
        </span>
      </div>
      <div class="speech-goal">
        <label>
          <span>
            Speech <b>{seconds(speechS)}</b> <span class="muted">of {RECOMMENDED_SPEECH_S} s</span>
          </span>
          <progress max={1} value={Math.min(1, speechS / RECOMMENDED_SPEECH_S)} />
        </label>
      </div>
      <p class={`note note-${hint.tone}`} role="status">
        {hint.text}
      </p>
      <div class="actions">
        <button type="button" class="button button-primary" onClick={onStop} ref={focusFirst}>
          <Icon name="stop" /> Stop recording
        </button>
        <button type="button" class="button" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </div>
  );
}

/** The button that was pressed is gone; the one that takes its place gets the focus. */
function focusFirst(button: HTMLButtonElement | null): void {
  button?.focus({ preventScroll: true });
}

function LevelHistory({ capture }: { capture: Capture }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const levels: number[] = [];
    let drawnS = 0;
    return capture.level.subscribe(({ elapsedS, levelDbfs }) => {
      const element = canvas.current;
      if (!element || elapsedS === drawnS) return;
      drawnS = elapsedS;
      levels.push(levelDbfs);
      while (levels.length > barsOf(element.clientWidth)) levels.shift();
      const surface = prepareSurface(element);
      if (surface) drawLevelHistory(surface, levels);
    });
  }, [capture]);
  return <canvas ref={canvas} class="level-history" />;
}
