import { useRef, useState } from 'preact/hooks';
import { say } from '../language';
import type { Slot } from '../takes/slot';
import type { Problem } from '../words/problem';
import { Icon } from './icon';
import { ProblemNotice } from './problem-notice';
import { SamplePicker } from './sample-picker';

export function EmptySlot({ slot, problem }: { slot: Slot; problem: Problem | null }) {
  const [showSamples, setShowSamples] = useState(false);
  const chooser = useRef<HTMLInputElement>(null);
  const words = say().takes;
  /** Where there is only one place, the visible words are name enough. */
  const label = (named: (letter: string) => string) => (slot.letter === '' ? undefined : named(slot.letter));
  const samplesId = `samples-${slot.letter}`;

  const onChosen = () => {
    const file = chooser.current?.files?.[0];
    if (file) void slot.useFile(file);
  };

  return (
    <div class="empty">
      {problem && <ProblemNotice problem={problem} />}
      <div class="sources">
        <button
          type="button"
          class="button button-primary"
          aria-label={label(words.recordFor)}
          onClick={() => void slot.startRecording()}
        >
          <Icon name="microphone" /> {words.record}
        </button>
        <button
          type="button"
          class="button"
          aria-label={label(words.chooseFileFor)}
          onClick={() => chooser.current?.click()}
        >
          <Icon name="file" /> {words.chooseFile}
        </button>
        <button
          type="button"
          class="button"
          aria-label={label(words.samplesFor)}
          aria-expanded={showSamples}
          aria-controls={samplesId}
          onClick={() => setShowSamples(!showSamples)}
        >
          <Icon name="sample" /> {words.samples}
        </button>
        <input
          ref={chooser}
          type="file"
          accept="audio/*,video/*,.wav,.flac,.ogg,.opus,.mp3,.m4a"
          hidden
          onChange={onChosen}
        />
      </div>
      {showSamples ? (
        <SamplePicker id={samplesId} onChoose={(choice) => void slot.useSample(choice)} />
      ) : (
        <p class="drop-hint">{words.drop}</p>
      )}
    </div>
  );
}
