/** What the quality reasons mean and what to do about each. */
import type { Quality, QualityReason } from 'voiceprint-wasm';
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
  switch (reason) {
    case 'no_speech':
      return {
        finding: 'No speech was found.',
        cure: 'Check that the right microphone is chosen and not muted, then speak clearly.',
      };
    case 'too_short':
      return {
        finding: `Too short: only ${seconds(quality.netSpeechS)} of speech.`,
        cure: `Speak for at least ${RECOMMENDED_SPEECH_S} seconds.`,
      };
    case 'too_quiet':
      return {
        finding: `Too quiet: the speech is at ${plain(quality.levelDbfs, 0)} dBFS.`,
        cure: 'Move closer to the microphone or raise its input level.',
      };
    case 'clipped':
      return {
        finding: `Overdriven: ${percent(quality.clippedFraction)} of the sound is cut off at full scale.`,
        cure: 'Move away from the microphone or lower its input level.',
      };
    case 'noisy':
      return {
        finding: `Noisy: the speech is only ${plain(quality.snrDb, 0)} dB above the background.`,
        cure: 'Record in a quieter place, with the microphone closer to the mouth.',
      };
    case 'different_speaker':
      return {
        finding: 'There seems to be more than one voice in it.',
        cure: 'Use a recording in which one person speaks.',
      };
    case 'band_limited':
      return {
        finding: `Muffled: nothing above ${Math.round(quality.bandwidthHz / 100) / 10} kHz.`,
        cure: 'Use a recording that was not filtered or compressed as strongly.',
      };
  }
}

/** One line on a recording that may be judged. */
export function usableNote(quality: Quality): string {
  return quality.netSpeechS < RECOMMENDED_SPEECH_S
    ? `Usable. With ${RECOMMENDED_SPEECH_S} seconds of speech or more the answer is surer.`
    : 'Good recording.';
}
