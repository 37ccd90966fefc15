/** A lane for each speaker with the turns as blocks; from turn to turn by arrow keys, in order of time. */
import { useRef, useState } from 'preact/hooks';
import type { Diarization } from 'voiceprint-wasm';
import { say } from '../language';
import { clock } from '../words/clock';
import type { Player } from './use-player';

interface Props {
  readonly found: Diarization;
  readonly labels: readonly string[];
  readonly player: Player;
  /** Index of the turn at the play position; -1 between turns. */
  readonly current: number;
}

/** Colours of the style sheet; more speakers than colours share them, and the labels tell them apart. */
const COLOURS = 6;

export const speakerColour = (speaker: number): string => `speaker-${speaker % COLOURS}`;

export function TurnLanes({ found, labels, player, current }: Props) {
  const words = say().speakers;
  const { turns, quality } = found;
  const blocks = useRef<(HTMLButtonElement | null)[]>([]);
  /** The one turn that Tab reaches. */
  const [stop, setStop] = useState(0);
  const reached = Math.min(stop, turns.length - 1);

  const onKeyDown = (event: KeyboardEvent) => {
    const targets: Record<string, number> = {
      ArrowLeft: reached - 1,
      ArrowUp: reached - 1,
      ArrowRight: reached + 1,
      ArrowDown: reached + 1,
      Home: 0,
      End: turns.length - 1,
    };
    const target = targets[event.key];
    const isPause = event.key === ' ' && player.playing.peek();
    if (target === undefined && !isPause) return;
    event.preventDefault();
    if (isPause) player.toggle();
    else if (target !== undefined) blocks.current[Math.max(0, Math.min(turns.length - 1, target))]?.focus();
  };

  const share = (s: number) => `${(100 * s) / Math.max(quality.durationS, 1e-3)}%`;
  return (
    <div class="lanes" role="toolbar" aria-label={words.lanes} onKeyDown={onKeyDown}>
      {labels.map((label, speaker) => (
        <div
          key={speaker}
          class={`lane ${speakerColour(speaker)}${turns[current]?.speaker === speaker ? ' lane-current' : ''}`}
        >
          <span class="lane-label" title={label}>
            <span class="speaker-dot" aria-hidden="true" />
            <span class="lane-name">{label}</span>
          </span>
          <span class="lane-track">
            {turns.map(
              (turn, i) =>
                turn.speaker === speaker && (
                  <button
                    key={turn.startS}
                    ref={(block) => {
                      blocks.current[i] = block;
                    }}
                    type="button"
                    class="turn-block"
                    tabIndex={i === reached ? 0 : -1}
                    aria-label={words.turn(label, clock(turn.startS), clock(turn.endS))}
                    aria-current={i === current}
                    title={words.turn(label, clock(turn.startS), clock(turn.endS))}
                    style={{ left: share(turn.startS), width: share(turn.endS - turn.startS) }}
                    disabled={!player.playable}
                    onFocus={() => setStop(i)}
                    onClick={() => player.playFrom(turn.startS)}
                  />
                ),
            )}
          </span>
        </div>
      ))}
    </div>
  );
}
