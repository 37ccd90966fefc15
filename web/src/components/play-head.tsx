/** The line at the play position, over the whole of what it lies in. */
import type { Player } from './use-player';

export function PlayHead({ player, durationS }: { player: Player; durationS: number }) {
  const { position, playing } = player;
  return (
    <span
      class="play-head"
      hidden={position.value === 0 && !playing.value}
      style={{ left: `${(100 * position.value) / Math.max(durationS, 1e-3)}%` }}
    />
  );
}
