/** The button that plays and pauses, the clock, and a word on what is seen. */
import { useComputed } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { say } from '../language';
import { seconds } from '../words/numbers';
import { Icon } from './icon';
import type { Player } from './use-player';

interface Props {
  readonly player: Player;
  readonly letter: string;
  readonly durationS: number;
  readonly children: ComponentChildren;
}

export function PlayerBar({ player, letter, durationS, children }: Props) {
  const words = say().takes;
  const { playable, toggle } = player;
  const playing = player.playing.value;
  return (
    <div class="player">
      <button type="button" class="round-button" onClick={toggle} disabled={!playable}>
        <Icon name={playing ? 'pause' : 'play'} />
        <span class="visually-hidden">{(playing ? words.pause(letter) : words.play(letter)).trim()}</span>
      </button>
      <span class="clock">
        <Position player={player} /> <span class="muted">/ {seconds(durationS)}</span>
      </span>
      {playable ? children : <span class="legend muted">{words.unplayable}</span>}
    </div>
  );
}

function Position({ player }: { player: Player }) {
  const shown = useComputed(() => seconds(player.position.value));
  return <>{shown.value}</>;
}
