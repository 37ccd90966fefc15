/** What to tell a person who is speaking into the microphone right now. */
import { say } from '../language';
import type { LiveLevel } from '../takes/capture';
import { RECOMMENDED_SPEECH_S } from '../takes/recommended-speech';

export interface LiveHint {
  readonly text: string;
  readonly tone: 'wait' | 'warn' | 'good';
}

/** Peaks of the last second below this are nothing but the microphone's own noise. */
const SILENT_DBFS = -55;
const QUIET_DBFS = -34;
const CLIPPING_DBFS = -0.2;
/** Nobody is hurried at first. */
const GRACE_S = 1.5;

export function isClipping({ peakDbfs }: LiveLevel): boolean {
  return peakDbfs > CLIPPING_DBFS;
}

export function liveHint(level: LiveLevel): LiveHint {
  const { elapsedS, netSpeechS, peakDbfs } = level;
  const { hints } = say().takes;
  if (isClipping(level)) return { text: hints.tooLoud, tone: 'warn' };
  if (netSpeechS !== null && netSpeechS >= RECOMMENDED_SPEECH_S) {
    return { text: hints.enough, tone: 'good' };
  }
  if (elapsedS < GRACE_S) return { text: hints.speakNow, tone: 'wait' };
  if (peakDbfs < SILENT_DBFS) {
    return netSpeechS ? { text: hints.more, tone: 'wait' } : { text: hints.muted, tone: 'warn' };
  }
  if (peakDbfs < QUIET_DBFS) return { text: hints.quiet, tone: 'warn' };
  return netSpeechS ? { text: hints.good, tone: 'good' } : { text: hints.noSpeech, tone: 'wait' };
}
