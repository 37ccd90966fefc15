/** Waveform and log-mel picture of a take with a play head over both; arrow keys and clicks move it. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { drawLogMel } from '../drawing/log-mel';
import type { Surface } from '../drawing/surface';
import { drawWaveform } from '../drawing/waveform';
import { say } from '../language';
import type { Take } from '../takes/take';
import { seconds } from '../words/numbers';
import { Canvas } from './canvas';
import { Icon } from './icon';

const KEY_STEP_S = 0.5;

export function RecordingView({ take, letter }: { take: Take; letter: string }) {
  const { analysis, audioUrl } = take;
  const { durationS } = analysis.quality;
  const words = say().takes;
  const player = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState(false);
  const [playable, setPlayable] = useState(true);
  const [position, setPosition] = useState(0);

  const paintWave = useCallback((surface: Surface) => drawWaveform(surface, analysis.peaks), [analysis]);
  const paintMel = useCallback(
    (surface: Surface) => drawLogMel(surface, { values: analysis.logMel, bins: analysis.logMelBins }),
    [analysis],
  );

  useEffect(() => {
    if (!playing) return;
    let frame = requestAnimationFrame(function follow() {
      setPosition(player.current?.currentTime ?? 0);
      frame = requestAnimationFrame(follow);
    });
    return () => cancelAnimationFrame(frame);
  }, [playing]);

  const toggle = () => {
    if (playing) player.current?.pause();
    else player.current?.play().catch(() => setPlayable(false));
  };
  const seek = (to: number) => {
    const clamped = Math.max(0, Math.min(durationS, to));
    if (player.current) player.current.currentTime = clamped;
    setPosition(clamped);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const targets: Record<string, number> = {
      ArrowLeft: position - KEY_STEP_S,
      ArrowDown: position - KEY_STEP_S,
      ArrowRight: position + KEY_STEP_S,
      ArrowUp: position + KEY_STEP_S,
      Home: 0,
      End: durationS,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    seek(target);
  };
  const onClick = (event: MouseEvent & { currentTarget: HTMLElement }) => {
    const box = event.currentTarget.getBoundingClientRect();
    seek(((event.clientX - box.left) / box.width) * durationS);
  };

  const share = (at: number) => `${(100 * at) / Math.max(durationS, 1e-3)}%`;
  return (
    <div class="recording-view">
      {/* biome-ignore lint/a11y/useMediaCaption: a recording to be compared has no captions */}
      <audio
        ref={player}
        src={audioUrl}
        preload="auto"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={() => setPosition(0)}
        onError={() => setPlayable(false)}
      />
      <div
        class="pictures"
        role="slider"
        tabIndex={0}
        aria-label={words.position(letter).trim()}
        aria-valuemin={0}
        aria-valuemax={Number(durationS.toFixed(1))}
        aria-valuenow={Number(position.toFixed(1))}
        aria-valuetext={words.positionValue(seconds(position), seconds(durationS))}
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
        <span class="play-head" hidden={position === 0 && !playing} style={{ left: share(position) }} />
      </div>
      <div class="player">
        <button type="button" class="round-button" onClick={toggle} disabled={!playable}>
          <Icon name={playing ? 'pause' : 'play'} />
          <span class="visually-hidden">{(playing ? words.pause(letter) : words.play(letter)).trim()}</span>
        </button>
        <span class="clock">
          {seconds(position)} <span class="muted">/ {seconds(durationS)}</span>
        </span>
        {playable ? (
          <span class="legend legend-pictures muted">{words.legend}</span>
        ) : (
          <span class="legend muted">{words.unplayable}</span>
        )}
      </div>
    </div>
  );
}
