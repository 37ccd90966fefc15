/** Plays a recording and follows its position with the frames of the screen. */
import { type ReadonlySignal, useSignal, useSignalEffect } from '@preact/signals';
import type { RefObject } from 'preact';
import { useRef, useState } from 'preact/hooks';

export interface Player {
  readonly playing: ReadonlySignal<boolean>;
  /** Seconds. Changes with every frame: what reads it is drawn as often. */
  readonly position: ReadonlySignal<number>;
  /** False where the browser does not know the format. */
  readonly playable: boolean;
  readonly toggle: () => void;
  readonly seek: (to: number) => void;
  readonly playFrom: (from: number) => void;
  /** For the audio element. */
  readonly audio: {
    readonly ref: RefObject<HTMLAudioElement | null>;
    readonly onPlay: () => void;
    readonly onPause: () => void;
    readonly onEnded: () => void;
    readonly onError: () => void;
  };
}

export function usePlayer(durationS: number): Player {
  const element = useRef<HTMLAudioElement>(null);
  const playing = useSignal(false);
  const position = useSignal(0);
  const [playable, setPlayable] = useState(true);

  useSignalEffect(() => {
    if (!playing.value) return;
    let frame = requestAnimationFrame(function follow() {
      position.value = element.current?.currentTime ?? 0;
      frame = requestAnimationFrame(follow);
    });
    return () => cancelAnimationFrame(frame);
  });

  const play = () => void element.current?.play().catch(() => setPlayable(false));
  const seek = (to: number) => {
    const clamped = Math.max(0, Math.min(durationS, to));
    if (element.current) element.current.currentTime = clamped;
    position.value = clamped;
  };
  return {
    playing,
    position,
    playable,
    toggle: () => (playing.peek() ? element.current?.pause() : play()),
    seek,
    playFrom: (from) => {
      seek(from);
      play();
    },
    audio: {
      ref: element,
      onPlay: () => {
        playing.value = true;
      },
      onPause: () => {
        playing.value = false;
      },
      onEnded: () => {
        position.value = 0;
      },
      onError: () => setPlayable(false),
    },
  };
}
