/** The comparison of two recordings and its verdict. */
import { plural } from '../plural';

export const verdict = {
  heading: 'Is it the same voice?',
  intro:
    'Give two recordings of someone speaking. The answer is worked out on your device, and no sound leaves this page.',
  compare: 'Compare the two voices',
  comparing: 'Comparing…',
  comparingStatus: 'Comparing.',
  nothingAtHand: 'Nothing at hand? Try samples:',
  oneVoice: 'one voice twice',
  or: 'or',
  twoVoices: 'two voices',
  ready: 'Different sentences are fine. It is the voice that counts.',
  missing: (slots: readonly string[]) =>
    `Still needed: ${plural(slots.length, { one: 'recording', other: 'recordings' })} ${slots.join(' and ')}.`,

  accept: {
    borneOut: {
      headline: 'Probably the same person',
      meaning: 'The two voices are more alike than this setting asks for.',
    },
    improbable: {
      headline: 'Alike enough to accept, yet one person remains unlikely',
      meaning: 'The evidence is for one person, but it does not outweigh how unlikely that seemed before listening.',
    },
    tooClose: {
      headline: 'Too close to call; this setting accepts',
      meaning:
        'The recordings say next to nothing for one person or for two, and the setting in use asks for no more. Longer or cleaner recordings may settle it.',
    },
    againstEvidence: {
      headline: 'Accepted, but only at this lenient setting',
      meaning:
        'The voices are alike enough for the setting in use, yet the evidence by itself leans towards two different people.',
    },
  },
  reject: {
    borneOut: {
      headline: 'Probably two different people',
      meaning: 'The two voices are less alike than this setting asks for.',
    },
    tooClose: {
      headline: 'Too close to call; this setting does not accept',
      meaning:
        'The recordings say next to nothing for one person or for two, and the setting in use asks for more. Longer or cleaner recordings may settle it.',
    },
    againstEvidence: {
      headline: 'Not alike enough to accept at this setting',
      meaning:
        'The evidence leans towards one person, but not as strongly as this setting asks for. A longer or cleaner recording may settle it.',
    },
  },
  sameRecording: {
    headline: 'These are the same recording',
    meaning: 'That says nothing about the voice. Give two recordings that were made apart.',
  },
  inconclusive: {
    headline: 'No answer: these recordings cannot settle it',
    weak: 'The evidence is too weak to say either way.',
    poor: 'A guess would be worth nothing here, so none is given. What to do:',
  },
  /** Ends a sentence that is put together. */
  stop: '.',
  finding: (slot: string, finding: string) => `Recording ${slot}: ${finding}`,
  errorRate: {
    accept: (share: string) => `How far to trust this: in our tests, ${share} got the same answer by mistake.`,
    reject: (share: string) => `How far to trust this: in our tests, ${share} got the same answer by mistake.`,
  },
  things: {
    pairs: 'pairs',
    people: 'people',
    strangers: 'pairs of different people',
    samePerson: 'pairs of recordings by one person',
  },
  share: {
    none: (things: string) => `none of the ${things}`,
    percent: (percent: string, things: string) => `${percent} of ${things}`,
    oneIn: (count: string, things: string) => `1 in ${count} ${things}`,
  },

  ruler: {
    label: (unit: string, value: string, threshold: string) =>
      `${unit} ${value}; ${threshold} is needed for "same person".`,
    score: 'Score',
    llr: 'LLR',
    needed: 'needed',
    different: 'two different people',
    same: 'the same person',
    /** Shares; null for none. */
    standing: (strangers: string | null, samePerson: string | null) =>
      `In our tests, ${strangers ?? 'none'} of the pairs of different people came out this high or higher, and ${samePerson ?? 'none'} of the pairs of one person.`,
    curves:
      'The curves show those test pairs; filled is what the setting gets wrong: strangers who pass, and right people who are turned away.',
    caption:
      'Score: the cosine between the two voiceprints, from −1 to 1. It is neither a percentage nor a probability.',
    captionLlr:
      'Log-likelihood ratio (LLR): above 0 the recordings speak for one person, below for two. Neither a percentage nor a probability.',
  },
  evidence: {
    term: 'Strength of the evidence',
    none: 'No real evidence',
    strength: (level: 'weak' | 'moderate' | 'strong', onePerson: boolean) =>
      `${{ weak: 'Weak', moderate: 'Moderate', strong: 'Strong' }[level]}, for ${onePerson ? 'one person' : 'two people'}`,
    even: 'As typical of one person as of two',
    ratio: (times: string, onePerson: boolean, atLeast: boolean) =>
      `${atLeast ? 'More than' : 'About'} ${times} times more typical ${onePerson ? 'of one person than of two' : 'of two people than of one'}`,
    llr: (llr: string) => `Log-likelihood ratio (LLR) ${llr}.`,
  },
  probability: {
    term: 'Probability of one person',
    over: (percent: string) => `over ${percent}`,
    under: (percent: string) => `under ${percent}`,
    given: (prior: string) => `if, before listening, you thought it ${prior} likely.`,
    prior: (prior: number) => `Calibrated posterior at the prior ${prior}.`,
  },
  setting: {
    term: 'How strict?',
    label: 'How often strangers may pass',
    lenient: 'lenient',
    strict: 'strict',
    value: (share: string) => `may happen to ${share}`,
    passes: (count: string) => `Of 100 pairs of strangers, ${count} wrongly pass`,
    fails: (count: string) => `Of 100 pairs of one person, ${count} wrongly fail`,
    lessThanOne: 'fewer than 1',
    source: (trialList: string) => `As measured on the trial list ${trialList}; the model card names its recordings.`,
  },
  prior: {
    label: 'Before listening, one person seemed',
    options: {
      '0.5': '50%: as likely as not',
      '0.1': '10%: 1 in 10',
      '0.01': '1%: 1 in 100',
      '0.001': '0.1%: 1 in 1,000',
    },
    hint: 'Changes the probability only, never the decision.',
  },
  timing: (milliseconds: string, audio: string, times: string) =>
    `Worked out in ${milliseconds} ms on this device, for ${audio} of sound: ${times} times as fast as listening.`,
};
