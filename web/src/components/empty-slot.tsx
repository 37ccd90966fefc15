import { useRef, useState } from 'preact/hooks';
import type { Slot } from '../takes/slot';
import type { Problem } from '../words/problem';
import { Icon } from './icon';
import { SamplePicker } from './sample-picker';

export function EmptySlot({ slot, problem }: { slot: Slot; problem: Problem | null }) {
  const [showSamples, setShowSamples] = useState(false);
  const chooser = useRef<HTMLInputElement>(null);
  const samplesId = `samples-${slot.letter}`;

  const onChosen = () => {
    const file = chooser.current?.files?.[0];
    if (file) void slot.useFile(file);
  };

  return (
    <div class="empty">
      {problem && (
        <p class="note note-warn" role="alert">
          <Icon name="warning" />
          <span>
            <strong>{problem.title}</strong> {problem.cure}
          </span>
        </p>
      )}
      <div class="sources">
        <button
          type="button"
          class="button button-primary"
          aria-label={`Record ${slot.letter}`}
          onClick={() => void slot.startRecording()}
        >
          <Icon name="microphone" /> Record
        </button>
        <button
          type="button"
          class="button"
          aria-label={`Choose file for ${slot.letter}`}
          onClick={() => chooser.current?.click()}
        >
          <Icon name="file" /> Choose file
        </button>
        <button
          type="button"
          class="button"
          aria-label={`Samples for ${slot.letter}`}
          aria-expanded={showSamples}
          aria-controls={samplesId}
          onClick={() => setShowSamples(!showSamples)}
        >
          <Icon name="sample" /> Samples
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
        <p class="drop-hint">or drop an audio file here</p>
      )}
    </div>
  );
}
