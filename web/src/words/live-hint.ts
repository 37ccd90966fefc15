/** What to tell a person who is speaking into the microphone right now. */
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
  if (isClipping(level)) return { text: 'Too loud: move back a little.', tone: 'warn' };
  if (netSpeechS !== null && netSpeechS >= RECOMMENDED_SPEECH_S) {
    return { text: 'That is enough. Stop whenever you like.', tone: 'good' };
  }
  if (elapsedS < GRACE_S) return { text: 'Speak now.', tone: 'wait' };
  if (peakDbfs < SILENT_DBFS) {
    return netSpeechS
      ? { text: 'Go on: a little more is needed.', tone: 'wait' }
      : { text: 'Nothing is heard. Is the microphone muted?', tone: 'warn' };
  }
  if (peakDbfs < QUIET_DBFS) return { text: 'Quite quiet: come closer if you can.', tone: 'warn' };
  return netSpeechS
    ? { text: 'Good. Keep speaking.', tone: 'good' }
    : { text: 'No speech yet. Speak as you would on the phone.', tone: 'wait' };
}
