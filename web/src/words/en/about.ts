/** What the model is, how often it errs, what the page keeps and what it cannot do. */
import { plural } from '../plural';

export const about = {
  heading: 'How far can you trust it?',
  intro: 'What was measured, what it cannot do, and what stays on this device.',

  facts: {
    heading: 'How good is it?',
    waiting: 'Shown once the model is loaded.',
    text: 'Measured with the voices of people whom the network never heard in training. The equal error rate (EER) is the error at the setting where both kinds of mistake are equally common. Lower is better; guessing gives 50%. The thresholds were set on these same recordings, so expect somewhat more mistakes elsewhere.',
    none: 'This model comes without measured error rates. Do not rely on it before you have measured them.',
    recordings: 'Recordings',
    eer: 'EER',
    interval: '95% interval',
    range: (low: string, high: string) => `${low} to ${high}`,
    speakers: 'Speakers',
    conditions: {
      'common-voice': 'Sentences, many languages',
      'speechocean762-adults': 'English sentences, adults',
      'speechocean762-children': 'English sentences, children',
      'arabic-1s': 'Single words of one second',
    } as Readonly<Record<string, string>>,
  },

  tradeOff: {
    heading: 'Two kinds of mistake',
    text: 'A stricter setting lets fewer strangers pass and turns more of the right people away. This is the model’s detection error trade-off (DET): each point is one setting that you can choose, at the error rates that were measured for it. Nearer to the lower left corner is better.',
    falseAlarms: 'strangers who pass (false alarms)',
    misses: 'right people turned away (misses)',
    falseAlarmsShort: 'False alarms',
    missesShort: 'Misses',
    picture: 'Detection error trade-off: misses against false alarms at each setting; the table tells the same',
    together: 'All recordings together, each kind counted alike',
    setting: 'Setting',
    score: 'Score needed',
    llr: 'LLR needed',
    standard: 'standard',
    aim: (share: string) => `${share} pairs`,
    equal: 'equal errors',
    source: (trialList: string) => `Measured on ${trialList}.`,
  },

  model: {
    heading: 'The model in use',
    name: 'Name',
    version: 'Version',
    size: 'Size',
    embedding: 'Voiceprint',
    numbers: (count: number) => `${count} ${plural(count, { one: 'number', other: 'numbers' })}`,
    rate: 'Sampling rate',
    licence: 'Licence',
    allLicences: 'all licences',
    hash: 'SHA-256',
    runs: 'Runs',
    runsValue: 'as WebAssembly on one thread of a worker',
    load: 'Loading took',
    loadValue: (seconds: string) => `${seconds} s`,
    choiceHeading: 'Which model?',
    builtIn: {
      small: { name: 'Small', text: 'Comes with the page.' },
      base: { name: 'Base', text: 'Makes fewer mistakes in noise and takes longer; fetched when you choose it.' },
    },
    meanEer: (percent: string) => `mean EER ${percent}`,
    choiceHint:
      'Voiceprints of one model cannot be compared with those of another: people whom you enrolled with the other come back with it.',

    ownHeading: 'Your own model',
    ownText:
      'A network from the trainer of this project can take the place of the bundled one: choose its model.onnx and manifest.json together, and its cohort file if it has one, or drop them here. They stay in this tab.',
    choose: 'Choose its files',
    checking: 'Checking the model…',
    inUse: (name: string) => `${name} is in use. Voiceprints of another model cannot be compared with it.`,
    back: 'Back to the bundled model',
  },

  timing: {
    heading: 'Where the time goes',
    none: 'Shown after the first comparison.',
    caption: (audio: string) => `The latest answer, from ${audio} of sound`,
    stage: 'Stage',
    share: 'Share',
    time: 'Time',
    perSecond: 'Per second of sound',
    decode: 'Reading the files',
    frontEnd: 'Speech and features (Fbank)',
    network: 'Network',
    rest: 'Everything else',
    all: 'From call to answer',
    times: (times: string) => `${times} times as fast as listening`,
    ms: (value: string) => `${value} ms`,
    measured: 'Measured in this browser, on one thread.',
  },

  limits: {
    heading: 'What it cannot do',
    items: [
      {
        strong: 'It does not detect tricks.',
        rest: 'A replayed recording, a synthetic voice or a cloned voice is judged like any other.',
      },
      {
        strong: 'It makes mistakes,',
        rest: 'more of them with short, noisy or muffled recordings, children, colds, shouting, and relatives who sound alike.',
      },
      { strong: 'It is not proof.', rest: 'Do not rest a legal, financial or safety decision on it alone.' },
    ],
  },

  privacy: {
    heading: 'Your recordings stay here',
    text: 'All computing happens in this browser. No recording is uploaded, there are no cookies and no analytics, and the page’s own security policy forbids it to contact any other server. Recordings are forgotten when they are removed or the tab is closed. Kept are only the voiceprints of people whom you enroll, in this browser, until you delete them.',
    consent: 'Compare voices only of people who agree to it.',
  },

  offline: {
    heading: 'Works without a connection',
    ready:
      'This page is stored on this device and opens without a connection. Now and then the browser asks the server whether there is a newer version, and tells it nothing else.',
    pending: 'The page is being stored for use without a connection.',
    unavailable: 'This browser does not store pages for use without a connection.',
    failed: 'The page could not be stored for use without a connection; it tries again at the next visit.',
    install: 'Most browsers can also install it as an app, from their menu.',
  },
};
