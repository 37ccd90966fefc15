/** Who spoke when in a recording. */
import { plural } from '../plural';

export const speakers = {
  heading: 'Who spoke when?',
  intro:
    'Give a recording of several people who talk. It is divided into turns, and the turns of one voice are brought together, on your device.',
  nothingAtHand: 'Nothing at hand? Try an example, joined from synthetic voices:',
  or: 'or',
  exampleTwo: 'two speakers',
  exampleThree: 'three speakers',
  examples: { two: 'Example with two speakers', three: 'Example with three speakers' },

  working: 'Telling the voices apart…',
  found: (count: number) => `${count} ${plural(count, { one: 'speaker', other: 'speakers' })} found`,
  divided: (count: number) =>
    count === 1
      ? 'Taken as one speaker, as you asked'
      : `Divided among ${count} ${plural(count, { one: 'speaker', other: 'speakers' })}, as you asked`,
  nobody: 'Nobody was found to speak',
  caution:
    'Listen before you rely on it. One speaker at a time is found: where two speak at once, one of them is. Short turns may be missed. The number of speakers is a finding too, and can be wrong.',
  count: 'Number of speakers',
  findOut: 'find out',
  countHint: 'If you know it, choose it: the turns are then divided among so many.',

  speaker: (number: number) => `Speaker ${number}`,
  both: (name: string, speaker: string) => `${name} (${speaker})`,
  keys: 'On a turn: Enter plays from there, arrow keys go to the next turn, the space bar pauses.',
  lanes: 'Turns in order of time',
  turn: (who: string, from: string, to: string) => `${who}, ${from} to ${to}`,
  nowSpeaking: (who: string) => `${who} speaks`,

  people: 'Speakers',
  who: 'Who',
  talk: 'Talk',
  share: 'Share of talk',
  numTurns: 'Turns',
  accepted: (name: string) => `Accepted as ${name}`,
  stranger: 'Not accepted as anybody enrolled',
  unclear: 'Too little or too unclear speech to tell',
  nobodyEnrolled: 'Nobody is enrolled, so the speakers have numbers instead of names.',
  decision:
    'A name is a decision, not a fact: all that this speaker says is more like that voiceprint than the setting in use asks for.',
  mistaken: (share: string) => `At this setting, ${share} who are not enrolled would get a name by mistake.`,

  turns: 'Turns',
  from: 'From',
  to: 'To',
  length: 'Length',
  play: 'Play',
  playFrom: (turn: string) => `Play ${turn}`,
  playing: 'playing',

  saveRttm: 'Save as RTTM',
  saveJson: 'Save as JSON',
  saveHint: 'Times and names as text; no sound and no voiceprint is in it.',
};
