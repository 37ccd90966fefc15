/** A take to be seen and heard. */
import { say } from '../language';
import type { Take } from '../takes/take';
import { PlayerBar } from './player-bar';
import { RecordingPictures } from './recording-pictures';
import { usePlayer } from './use-player';

export function RecordingView({ take, letter }: { take: Take; letter: string }) {
  const { durationS } = take.analysis.quality;
  const player = usePlayer(durationS);
  return (
    <div class="recording-view">
      <audio {...player.audio} src={take.audioUrl} preload="auto" />
      <RecordingPictures take={take} letter={letter} player={player} />
      <PlayerBar player={player} letter={letter} durationS={durationS}>
        <span class="legend legend-pictures muted">{say().takes.legend}</span>
      </PlayerBar>
    </div>
  );
}
