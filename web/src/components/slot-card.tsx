/** One of the two cards: an empty place with its three sources, or what fills it. Files may be dropped on it at any time. */
import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { engineStatus } from '../engine';
import { say } from '../language';
import type { Slot, SlotState } from '../takes/slot';
import type { Take } from '../takes/take';
import { EmptySlot } from './empty-slot';
import { Icon } from './icon';
import { useKeepFocus } from './keep-focus';
import { Prompt, type PromptWords } from './prompt';
import { QualityPanel } from './quality-panel';
import { RecordingPanel } from './recording-panel';
import { RecordingView } from './recording-view';

interface Props {
  readonly slot: Slot;
  /** Shown before recording begins, too, so that nobody is surprised by it. */
  readonly prompt?: PromptWords;
  /** True where what became of the recording is told elsewhere. */
  readonly bare?: boolean;
  /** Shows a recording in another way than by itself with its quality. */
  readonly show?: (take: Take) => ComponentChildren;
}

export function SlotCard({ slot, ...shown }: Props) {
  const state = slot.state.value;
  const words = say().takes;
  const [dragging, setDragging] = useState(false);
  const box = useRef<HTMLElement>(null);
  useKeepFocus(box, state.kind);
  const depth = useRef(0); // dragenter and dragleave also fire for every child

  const onDrag = (change: number) => (event: DragEvent) => {
    event.preventDefault();
    depth.current = Math.max(0, depth.current + change);
    setDragging(depth.current > 0);
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    depth.current = 0;
    setDragging(false);
    const file = event.dataTransfer?.files[0];
    if (file) void slot.useFile(file);
  };

  return (
    <section
      ref={box}
      tabIndex={-1}
      class={`card slot slot-${state.kind}${dragging ? ' slot-dragging' : ''}`}
      aria-labelledby={`slot-${slot.letter}`}
      data-slot={slot.letter}
      data-state={state.kind}
      onDragEnter={onDrag(1)}
      onDragLeave={onDrag(-1)}
      onDragOver={(event) => event.preventDefault()}
      onDrop={onDrop}
    >
      <header class="slot-header">
        {slot.letter !== '' && (
          <span class="slot-letter" aria-hidden="true">
            {slot.letter}
          </span>
        )}
        <div class="slot-title">
          <h2 id={`slot-${slot.letter}`}>{words.title(slot.letter).trim()}</h2>
          {state.kind === 'ready' && (
            <p class="slot-name" title={state.take.name()}>
              {words.origins[state.take.origin]} · {state.take.name()}
            </p>
          )}
        </div>
        {(state.kind === 'ready' || state.kind === 'reading') && (
          <button type="button" class="round-button" onClick={() => slot.clear()}>
            <Icon name="close" />
            <span class="visually-hidden">
              {(state.kind === 'ready' ? words.removeTitle(slot.letter) : words.cancelTitle(slot.letter)).trim()}
            </span>
          </button>
        )}
      </header>
      <SlotBody slot={slot} state={state} {...shown} />
    </section>
  );
}

function SlotBody({ slot, state, prompt, bare = false, show }: Props & { state: SlotState }) {
  const words = say().takes;
  switch (state.kind) {
    case 'empty':
      return (
        <>
          {prompt && <Prompt {...prompt} />}
          <EmptySlot slot={slot} problem={state.problem} />
        </>
      );
    case 'starting':
      return (
        <div class="waiting" role="status">
          <p>{words.waitingForMicrophone}</p>
          <button type="button" class="button" onClick={() => slot.clear()}>
            {words.cancel}
          </button>
        </div>
      );
    case 'recording':
      return (
        <RecordingPanel
          capture={state.capture}
          {...(prompt ?? { prompt: words.prompt, promptLead: words.readAloud })}
          onStop={() => void slot.stopRecording()}
          onCancel={() => slot.clear()}
        />
      );
    case 'reading':
      return <Reading name={state.name()} fraction={state.fraction} />;
    case 'ready':
      return (
        <>
          {state.notice !== null && (
            <p class="note note-warn" role="status">
              <Icon name="warning" /> <span>{state.notice()}</span>
            </p>
          )}
          {show ? show(state.take) : <RecordingView take={state.take} letter={slot.letter} />}
          {!show && !bare && <QualityPanel quality={state.take.analysis.quality} />}
        </>
      );
  }
}

function Reading({ name, fraction }: { name: string; fraction: number }) {
  const engine = engineStatus.value;
  const words = say().takes;
  const waiting = engine.kind === 'loading';
  return (
    <div class="waiting" role="status">
      <p>{waiting ? words.waitingForModel : words.reading(name)}</p>
      <progress aria-label={words.progress} max={1} value={waiting ? engine.fraction : fraction} />
    </div>
  );
}
