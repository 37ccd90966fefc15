/** Who is speaking now. */
import { plural } from '../plural';

export const live = {
  heading: 'Who is speaking?',
  intro: 'Listens until you stop, and names the people whom you enrolled. Nothing is recorded.',
  start: 'Start listening',
  stop: 'Stop listening',
  starting: 'Waiting for the microphone. Your browser may ask you to allow it.',
  nobody: 'Nobody is enrolled yet, so everybody would be unknown.',
  level: 'Loudness',
  listening: 'Listening…',
  silence: 'Nobody is speaking',
  unknown: 'Somebody unknown',
  unclearSpeaker: 'Somebody, too unclear to tell who',
  known: (name: string) => `Most like ${name}`,
  silenceHint: 'Speak in a normal voice; an answer takes about three seconds of speech.',
  unknownHint: 'No enrolled voice is alike enough for this setting.',
  knownHint: 'The most alike of the enrolled voices, and alike enough for this setting.',
  knownWeakHint: 'Alike enough for this setting, but the latest seconds hardly speak for this voice or against it.',
  knownHeldHint:
    'The latest seconds are a little less alike than this setting asks for; the name stays while it is no more.',
  unclear: 'The latest seconds were too quiet, too noisy or too short to judge.',
  now: 'Now',
  candidates: 'Latest seconds against each enrolled voice',
  llr: (llr: string) => `LLR ${llr}`,
  needed: (llr: string) => `needed: ${llr}`,
  timeline: 'The last two minutes',
  turns: 'Who spoke when',
  secondsAgo: (seconds: number) => `${seconds} s ago`,
  rightNow: 'now',
  at: (clock: string) => `at ${clock}`,
  stranger: (share: string, people: number) =>
    `Of people who are not enrolled, ${share} would be taken for ${plural(people, { one: 'the one who is', other: 'somebody who is' })} at this setting. The more people are enrolled, the more often.`,
};
