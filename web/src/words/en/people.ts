/** Enrolled people: the list, enrollment, verification. */
import { plural } from '../plural';

const voiceprints = (count: number) => `${count} ${plural(count, { one: 'voiceprint', other: 'voiceprints' })}`;

export const people = {
  heading: 'People whose voice you know',
  intro:
    'Their voiceprints stay in this browser: rows of numbers by which a voice can be recognised. What was said is not in them.',
  add: 'Add a person',
  nobody: 'Nobody is enrolled yet. Three short sentences are enough to be recognised.',
  listLabel: 'Enrolled people',
  opening: 'Opening the voiceprints…',
  utterances: (count: number) => `${count} ${plural(count, { one: 'utterance', other: 'utterances' })}`,
  speech: (seconds: string) => `${seconds} of speech`,
  since: (date: string) => `since ${date}`,
  verifyName: (name: string) => `Verify ${name}`,
  renameName: (name: string) => `Rename ${name}`,
  removeName: (name: string) => `Delete ${name}`,
  isIt: 'Is it this person?',
  rename: 'Rename',
  newName: 'New name',
  save: 'Save',
  remove: 'Delete',
  removeQuestion: (name: string) => `Delete the voiceprint of ${name}? It cannot be brought back.`,
  keep: 'Keep',
  nobodyOfModel:
    'Nobody is enrolled with the model in use. People who were enrolled with another model come back with it: choose it under About.',
  removed: (name: string) => `${name} is deleted.`,
  renamed: (name: string) => `Renamed to ${name}.`,

  voices: {
    heading: 'How well they can be told apart',
    text: (threshold: string) =>
      `Every enrolled recording against every other, as log-likelihood ratios (LLR). From ${threshold} on, the setting in use takes two for one person.`,
    tooMany: (count: number, most: number) =>
      `There are ${count} recordings here; the pictures of all pairs are drawn for up to ${most}.`,
    matrixLabel: (count: number) =>
      `All pairs of the ${count} enrolled recordings, coloured by LLR; the table below sums them up`,
    matrixText:
      'A row and a column for each recording, in one order. Green with a dot: taken for one person. Red: for two. The diagonal is left blank.',
    pointAt: 'Point at a cell to read its numbers.',
    pair: (a: string, b: string, llr: string, cosine: string) => `${a} and ${b}: LLR ${llr}, cosine ${cosine}.`,
    itself: (name: string) => `${name}, with itself.`,
    mapLabel: (count: number) =>
      `Map of the voices of ${count} ${plural(count, { one: 'person', other: 'people' })}: near means alike; the table below tells who is nearest to whom`,
    mapText: (share: string) =>
      `Each mark is a recording; near means alike. A voiceprint has many dimensions, and these two hold ${share} of the differences.`,
    table: 'How alike the recordings of each person are, and who sounds most like them',
    person: 'Person',
    within: 'Lowest LLR within',
    nearest: 'Sounds most like',
    nearestLlr: 'Highest LLR',
    confusable: 'may be confused',
  },

  storage: {
    heading: 'Keep, move, delete',
    used: (count: number, size: string) => `${voiceprints(count)}, ${size} in this browser.`,
    notKept:
      'This browser keeps nothing for this page (a private window, or site data is blocked): who is enrolled now is forgotten with the tab.',
    others: (count: number) =>
      `There are also voiceprints of ${count} other ${plural(count, { one: 'model', other: 'models' })}, which cannot be compared with those of the one in use.`,
    exportHeading: 'Take a copy along',
    exportText:
      'A file with all voiceprints, encrypted with your passphrase. Without the passphrase nobody can read it, not even you.',
    passphrase: 'Passphrase',
    export: 'Save the file',
    fileName: 'voiceprints.vpg',
    exported: (count: number) => `${voiceprints(count)} saved.`,
    importHeading: 'Bring a copy back',
    importText: 'A file that was saved here or elsewhere with the same model.',
    importPassphrase: 'Its passphrase',
    conflict: 'If a name is enrolled already',
    conflicts: { keep: 'keep the one here', replace: 'take the one of the file', combine: 'join both' },
    import: 'Choose the file',
    imported: (count: number) => `${voiceprints(count)} brought in.`,
    leftAsTheyWere: (count: number) =>
      `${voiceprints(count)} kept as ${plural(count, { one: 'it was', other: 'they were' })}.`,
    wipe: 'Delete everything',
    wipeText: 'Removes every voiceprint of this page from this browser, of all models.',
    wipeQuestion: 'Delete all voiceprints? They cannot be brought back.',
    wiped: 'Everything is deleted.',
  },

  enroll: {
    heading: 'Add a person',
    intro:
      'Speak three sentences, or bring recordings. Each is checked as it comes in, and the sound is forgotten at once.',
    name: 'Name',
    nameHint: 'Any name or nickname. It stays in this browser.',
    nameMissing: 'Enter a name first.',
    exists: (name: string) => `${name} is enrolled already.`,
    existing: { extend: 'Add to the voiceprint', replace: 'Replace the voiceprint' },
    consent: 'The person who speaks agrees that their voiceprint is kept in this browser.',
    consentHint: 'It can be deleted at any time, under People.',
    consentMissing: 'Without consent nothing is recorded.',
    start: 'Begin',
    who: (name: string) => `Voiceprint of ${name}`,
    prompt: 'Read this aloud in your usual voice:',
    prompts: [
      'On Sunday we walked along the harbour, bought warm bread, and watched the boats come home before the storm.',
      'My neighbour keeps bees behind the old school, and every autumn she gives us a jar of honey.',
      'Please remind me to call the station tomorrow morning, because the train to the coast leaves at ten.',
      'The children asked why the moon is so bright, so we sat outside and told them everything we knew.',
    ],
    utterance: (count: number) => `Utterance ${count}`,
    progress: (percent: number) => `Voiceprint ${percent} percent complete`,
    complete: 'complete',
    checking: 'Checking…',
    accepted: (speech: string) => `Accepted, ${speech} of speech`,
    waiting: 'still to come',
    enough: 'That is enough to recognise this voice. More sentences make it surer.',
    more: (utterances: number) =>
      `${utterances} more ${plural(utterances, { one: 'sentence', other: 'sentences' })}, or speech until the ring closes.`,
    notUsed: 'This recording was not used.',
    otherVoice: {
      finding: 'It does not sound like the person before.',
      cure: 'One person alone has to speak, in the usual voice. If the earlier one was wrong, take it back.',
    },
    tryAgain: 'Try again',
    undo: 'Take the last one back',
    save: 'Save the voiceprint',
    repeated: {
      finding: 'It is a recording that was accepted already.',
      cure: 'The same sound twice tells nothing new about the voice: speak another sentence, or choose another recording.',
    },
    taken: (name: string) =>
      `${name} was enrolled elsewhere meanwhile. Nothing is lost: change the name, or say what becomes of that voiceprint.`,
    goOn: 'Go on like this',
    saving: 'Saving…',
    cancel: 'Cancel',
    saved: (name: string) => `${name} is enrolled.`,
    savedText: 'The recordings are forgotten; the voiceprint is kept.',
    verifyNow: (name: string) => `Try it: is it ${name}?`,
    another: 'Add another person',
    list: 'See everybody',
  },

  verify: {
    heading: 'Is it this person?',
    headingName: (name: string) => `Is it ${name}?`,
    intro: 'Speak, or bring a recording. It is compared with the voiceprint and not kept.',
    person: 'Person',
    choose: 'Choose a person',
    nobody: 'Nobody is enrolled yet.',
    gone: (name: string) => `${name} is not enrolled here.`,
    accept: {
      borneOut: {
        headline: (name: string) => `Accepted: this is probably ${name}`,
        meaning: 'The voice is more like the voiceprint than this setting asks for.',
      },
      improbable: {
        headline: (name: string) => `Alike enough to accept, yet ${name} remains unlikely`,
        meaning: 'The evidence is for this person, but it does not outweigh how unlikely that seemed before listening.',
      },
      tooClose: {
        headline: (name: string) => `Too close to call; this setting accepts it as ${name}`,
        meaning:
          'The recording says next to nothing for or against this person, and the setting in use asks for no more. A longer or cleaner one may settle it.',
      },
      againstEvidence: {
        headline: (name: string) => `Accepted at this lenient setting; the evidence does not speak for ${name}`,
        meaning: 'Alike enough for the setting in use, yet the evidence by itself leans towards somebody else.',
      },
    },
    reject: {
      borneOut: {
        headline: (name: string) => `Not accepted as ${name}`,
        meaning: 'The voice is less like the voiceprint than this setting asks for.',
      },
      tooClose: {
        headline: (name: string) => `Too close to call; this setting does not accept it as ${name}`,
        meaning:
          'The recording says next to nothing for or against this person, and the setting in use asks for more. A longer or cleaner one may settle it.',
      },
      againstEvidence: {
        headline: (name: string) => `Not alike enough to accept as ${name} at this setting`,
        meaning:
          'The evidence leans towards this person, but not as strongly as this setting asks for. A longer or cleaner recording may settle it.',
      },
    },
    prompt: 'Read this aloud, or say anything you like:',
  },
};
