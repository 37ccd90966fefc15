/** A take: one recording that is ready to be compared, with everything that the page shows about it. */
import type { Analysis, Pcm, Recording, Voiceprint } from 'voiceprint-wasm';
import { wavBlob } from './wav-blob';

export type Origin = 'microphone' | 'file' | 'sample';

export interface Take {
  /** In the language of the moment. */
  readonly name: () => string;
  readonly origin: Origin;
  readonly recording: Recording;
  readonly analysis: Analysis;
  /** Object URL for playback; revoke with `releaseTake`. */
  readonly audioUrl: string;
}

/** What a slot has before the core has looked at it. */
export interface Source {
  /** In the language of the moment. */
  readonly name: () => string;
  readonly origin: Origin;
  readonly audio: Blob | Pcm;
}

/** Wide enough for the largest card on a high-density screen; more would not be seen. */
const PICTURE_COLUMNS = 720;

/** Rejects with the package's typed error when the audio cannot be read. */
export async function analyzeTake(
  voiceprint: Voiceprint,
  source: Source,
  signal: AbortSignal,
  onProgress: (fraction: number) => void,
): Promise<Take> {
  const { name, origin, audio } = source;
  const analysis = await voiceprint.analyze(audio, {
    signal,
    onProgress,
    maxFrames: PICTURE_COLUMNS,
    numPeaks: PICTURE_COLUMNS,
  });
  const playable = audio instanceof Blob ? audio : wavBlob(audio);
  return { name, origin, recording: audio, analysis, audioUrl: URL.createObjectURL(playable) };
}

export function releaseTake(take: Take): void {
  URL.revokeObjectURL(take.audioUrl);
}
