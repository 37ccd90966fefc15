/** Every turn in order of time, each with a button that plays from there. */
import type { Diarization } from 'voiceprint-wasm';
import { say } from '../language';
import { clock } from '../words/clock';
import { seconds } from '../words/numbers';
import { Icon } from './icon';
import { speakerColour } from './turn-lanes';
import type { Player } from './use-player';

interface Props {
  readonly found: Diarization;
  readonly labels: readonly string[];
  readonly player: Player;
  readonly current: number;
}

export function TurnsTable({ found, labels, player, current }: Props) {
  const words = say().speakers;
  return (
    <div class="turns-scroll">
      <table class="conditions turns-table">
        <caption class="visually-hidden">{words.turns}</caption>
        <thead>
          <tr>
            <th scope="col">
              <span class="visually-hidden">{words.play}</span>
            </th>
            <th scope="col">{words.who}</th>
            <th scope="col" class="number">
              {words.from}
            </th>
            <th scope="col" class="number">
              {words.to}
            </th>
            <th scope="col" class="number">
              {words.length}
            </th>
          </tr>
        </thead>
        <tbody>
          {found.turns.map(({ startS, endS, speaker }, i) => {
            const who = labels[speaker] ?? '';
            return (
              <tr key={startS} class={speakerColour(speaker)} aria-current={i === current}>
                <td>
                  <button
                    type="button"
                    class="round-button"
                    disabled={!player.playable}
                    onClick={() => player.playFrom(startS)}
                  >
                    <Icon name={i === current ? 'sample' : 'play'} />
                    <span class="visually-hidden">
                      {words.playFrom(words.turn(who, clock(startS), clock(endS)))}
                      {i === current && ` (${words.playing})`}
                    </span>
                  </button>
                </td>
                <th scope="row">
                  <span class="speaker-name">
                    <span class="speaker-dot" aria-hidden="true" />
                    <span>{who}</span>
                  </span>
                </th>
                <td class="number">{clock(startS)}</td>
                <td class="number">{clock(endS)}</td>
                <td class="number">{seconds(endS - startS)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
