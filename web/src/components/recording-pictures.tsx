/** Waveform and log-mel picture of a take as a slider over its time: arrow keys and clicks move the play position. */
import { useComputed } from '@preact/signals';
import { useCallback } from 'preact/hooks';
import { drawLogMel } from '../drawing/log-mel';
import type { Surface } from '../drawing/surface';
import { drawWaveform } from '../drawing/waveform';
import { say } from '../language';
import type { Take } from '../takes/take';
import { seconds } from '../words/numbers';
import { Canvas } from './canvas';
import { PlayHead } from './play-head';
import type { Player } from './use-player';

const KEY_STEP_S = 0.5;

export function RecordingPictures({ take, letter, player }: { take: Take; letter: string; player: Player }) {
  const { analysis } = take;
  const { durationS } = analysis.quality;
  const { position, seek, toggle } = player;
  const tenths = useComputed(() => Number(position.value.toFixed(1)));
  const words = say().takes;

  const paintWave = useCallback((surface: Surface) => drawWaveform(surface, analysis.peaks), [analysis]);
  const paintMel = useCallback(
    (surface: Surface) => drawLogMel(surface, { values: analysis.logMel, bins: analysis.logMelBins }),
    [analysis],
  );

  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, () => void> = {
      ArrowLeft: () => seek(position.peek() - KEY_STEP_S),
      ArrowDown: () => seek(position.peek() - KEY_STEP_S),
      ArrowRight: () => seek(position.peek() + KEY_STEP_S),
      ArrowUp: () => seek(position.peek() + KEY_STEP_S),
      Home: () => seek(0),
      End: () => seek(durationS),
      ' ': toggle,
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    move();
  };
  const onClick = (event: MouseEvent & { currentTarget: HTMLElement }) => {
    const box = event.currentTarget.getBoundingClientRect();
    seek(((event.clientX - box.left) / box.width) * durationS);
  };

  const share = (at: number) => `${(100 * at) / Math.max(durationS, 1e-3)}%`;
  return (
    <div
      class="pictures"
      role="slider"
      tabIndex={0}
      aria-label={words.position(letter).trim()}
      aria-valuemin={0}
      aria-valuemax={Number(durationS.toFixed(1))}
      aria-valuenow={tenths.value}
      aria-valuetext={words.positionValue(seconds(tenths.value), seconds(durationS))}
      onKeyDown={onKeyDown}
      onClick={onClick}
    >
      <Canvas class="waveform" paint={paintWave} />
      <div class="speech-track">
        {analysis.speech.map(([begin, end]) => (
          <span key={begin} class="speech-part" style={{ left: share(begin), width: share(end - begin) }} />
        ))}
      </div>
      <Canvas class="log-mel" paint={paintMel} />
      <PlayHead player={player} durationS={durationS} />
    </div>
  );
}
