/** The whole recording with a lane for each speaker, and the play position over all of it. */
import type { Diarization } from 'voiceprint-wasm';
import { say } from '../language';
import type { Take } from '../takes/take';
import { PlayHead } from './play-head';
import { PlayerBar } from './player-bar';
import { RecordingPictures } from './recording-pictures';
import { TimeAxis } from './time-axis';
import { TurnLanes } from './turn-lanes';
import type { Player } from './use-player';

interface Props {
  readonly take: Take;
  readonly player: Player;
  /** Null while nothing is found. */
  readonly found: Diarization | null;
  readonly labels: readonly string[];
  readonly current: number;
}

export function SpeakerTimeline({ take, player, found, labels, current }: Props) {
  const words = say().speakers;
  const { durationS } = take.analysis.quality;
  const turn = found?.turns[current];
  const isBare = found !== null && found.turns.length === 0;
  return (
    <div class="recording-view">
      <audio {...player.audio} src={take.audioUrl} preload="auto" />
      <div class={isBare ? 'timeline timeline-bare' : 'timeline'}>
        <RecordingPictures take={take} letter="" player={player} />
        {found && found.turns.length > 0 && (
          <>
            <TurnLanes found={found} labels={labels} player={player} current={current} />
            <span class="timeline-head" aria-hidden="true">
              <PlayHead player={player} durationS={durationS} />
            </span>
          </>
        )}
        <TimeAxis durationS={durationS} />
      </div>
      <PlayerBar player={player} letter="" durationS={durationS}>
        {turn && <b class="now-speaking">{words.nowSpeaking(labels[turn.speaker] ?? '')}</b>}
        {found && found.turns.length > 0 && <span class="legend legend-pictures muted">{words.keys}</span>}
      </PlayerBar>
    </div>
  );
}
