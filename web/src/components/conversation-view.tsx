/** A recording of several people: its timeline, then what was found, in words and as lists. */
import { useComputed } from '@preact/signals';
import type { Diarization } from 'voiceprint-wasm';
import { diarization, foundSpeakers, numSpeakers } from '../diarization';
import { say } from '../language';
import { identifications } from '../speaker-names';
import type { Take } from '../takes/take';
import { speakerLabels } from '../words/speaker-labels';
import { Icon } from './icon';
import { ProblemNotice } from './problem-notice';
import { QualityPanel } from './quality-panel';
import { SpeakerCount } from './speaker-count';
import { SpeakerTimeline } from './speaker-timeline';
import { NameHint, SpeakersTable } from './speakers-table';
import { TurnDownloads } from './turn-downloads';
import { TurnsTable } from './turns-table';
import { type Player, usePlayer } from './use-player';

export function ConversationView({ take }: { take: Take }) {
  const player = usePlayer(take.analysis.quality.durationS);
  const words = say().speakers;
  const state = diarization.value;
  const found = foundSpeakers.value;
  const labels = speakerLabels(found?.speakers.length ?? 0, identifications.value);
  const current = useComputed(() => turnAt(foundSpeakers.value, player)).value;
  const has = found !== null && found.turns.length > 0;
  return (
    <div class="conversation" data-diarization={state.kind} aria-busy={state.kind === 'running'}>
      <SpeakerTimeline take={take} player={player} found={found} labels={labels} current={current} />
      {state.kind === 'failed' && <ProblemNotice problem={state.problem} />}
      <div class="found">
        <div role="status">
          {state.kind === 'running' && <p>{words.working}</p>}
          {state.kind === 'done' && <h3>{headline(state.found)}</h3>}
        </div>
        {state.kind === 'running' && <progress aria-label={say().takes.progress} max={1} value={state.fraction} />}
        {has && (
          <p class="note">
            <Icon name="about" />
            <span>{words.caution}</span>
          </p>
        )}
      </div>
      {state.kind === 'done' && !has && <QualityPanel quality={take.analysis.quality} />}
      {has && (
        <>
          <div class="found-speakers">
            <div>
              <SpeakersTable found={found} labels={labels} />
              <NameHint />
            </div>
            <SpeakerCount />
          </div>
          <h3>{words.turns}</h3>
          <TurnsTable found={found} labels={labels} player={player} current={current} />
          <TurnDownloads recording={take.name()} found={found} labels={labels} />
        </>
      )}
    </div>
  );
}

/** Index of the turn that is heard, or where it was paused; -1 between turns and before the first sound. */
function turnAt(found: Diarization | null, { position, playing }: Player): number {
  const at = position.value;
  if (found === null || (at === 0 && !playing.value)) return -1;
  return found.turns.findIndex(({ startS, endS }) => startS <= at && at < endS);
}

function headline({ speakers }: Diarization): string {
  const words = say().speakers;
  const count = speakers.length;
  if (count === 0) return words.nobody;
  return numSpeakers.value === null ? words.found(count) : words.divided(count);
}
