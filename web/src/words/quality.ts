/** What the quality reasons mean and what to do about each. */
import type { Quality, QualityReason } from 'voiceprint-wasm';
import { say } from '../language';
import { RECOMMENDED_SPEECH_S } from '../takes/recommended-speech';
import { percent, plain, seconds } from './numbers';

export interface QualityNote {
  readonly finding: string;
  readonly cure: string;
}

/** The notes of a recording, the weightiest only where one explains the others. */
export function qualityNotes(quality: Quality): readonly QualityNote[] {
  const { reasons } = quality;
  const told = reasons.includes('no_speech') ? (['no_speech'] as const) : reasons;
  return told.map((reason) => qualityNote(reason, quality));
}

function qualityNote(reason: QualityReason, quality: Quality): QualityNote {
  const words = say().takes.quality;
  switch (reason) {
    case 'no_speech':
    case 'different_speaker':
      return words[reason];
    case 'too_short': {
      const { finding, cure } = words.too_short;
      return { finding: finding(seconds(quality.netSpeechS)), cure: cure(RECOMMENDED_SPEECH_S) };
    }
    case 'too_quiet':
      return withFigure(words.too_quiet, plain(quality.levelDbfs, 0));
    case 'clipped':
      return withFigure(words.clipped, percent(quality.clippedFraction));
    case 'noisy':
      return withFigure(words.noisy, plain(quality.snrDb, 0));
    case 'band_limited':
      return withFigure(words.band_limited, String(Math.round(quality.bandwidthHz / 100) / 10));
  }
}

function withFigure(words: { finding: (figure: string) => string; cure: string }, figure: string): QualityNote {
  return { finding: words.finding(figure), cure: words.cure };
}

/** Why speech that is heard right now cannot be judged, and the cure; null without speech, and while it has only begun. */
export function unclearSpeech(quality: Quality): string | null {
  const { ok, reasons } = quality;
  if (ok || reasons.includes('no_speech') || reasons.includes('too_short')) return null;
  return qualityNotes(quality)
    .map(({ finding, cure }) => `${finding} ${cure}`)
    .join(' ');
}

/** One line on a recording that may be judged. */
export function usableNote(quality: Quality): string {
  const { usable, good } = say().takes;
  return quality.netSpeechS < RECOMMENDED_SPEECH_S ? usable(RECOMMENDED_SPEECH_S) : good;
}
