/** The built-in sample recordings: synthetic voices, made by samples/make_samples.sh. */
import type { Source } from './take';

export interface SampleVoice {
  readonly id: string;
  readonly description: string;
  readonly synthesizer: string;
}

export interface SampleSentence {
  readonly id: string;
  readonly label: string;
  readonly text: string;
}

export const SAMPLE_VOICES: readonly SampleVoice[] = [
  { id: 'flite-slt', description: 'Woman, American', synthesizer: 'flite slt' },
  { id: 'flite-rms', description: 'Man, American', synthesizer: 'flite rms' },
  { id: 'flite-awb', description: 'Man, Scottish', synthesizer: 'flite awb' },
  { id: 'espeak-en-gb', description: 'Robotic, British', synthesizer: 'espeak-ng en-gb' },
  { id: 'espeak-en-us-f3', description: 'Robotic, American', synthesizer: 'espeak-ng en-us+f3' },
];

export const SAMPLE_SENTENCES: readonly SampleSentence[] = [
  { id: 'rain', label: 'Rain', text: 'The river was high after three days of rain…' },
  { id: 'parcel', label: 'Parcel', text: 'Please leave the parcel with my neighbour…' },
];

const urls = import.meta.glob<string>('../../samples/*.wav', { query: '?url', import: 'default', eager: true });

export interface SampleChoice {
  readonly voice: SampleVoice;
  readonly sentence: SampleSentence;
}

/** The choice by the two ids; the ids must be of the lists above. */
export function sampleChoice(voiceId: string, sentenceId: string): SampleChoice {
  const voice = SAMPLE_VOICES.find(({ id }) => id === voiceId);
  const sentence = SAMPLE_SENTENCES.find(({ id }) => id === sentenceId);
  if (!voice || !sentence) throw new RangeError(`no sample '${voiceId}-${sentenceId}'`);
  return { voice, sentence };
}

export async function fetchSample({ voice, sentence }: SampleChoice, signal: AbortSignal): Promise<Source> {
  const file = `${voice.id}-${sentence.id}.wav`;
  const url = urls[`../../samples/${file}`];
  if (url === undefined) throw new RangeError(`the page was built without ${file}`);
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`${file}: the server answered ${response.status}`);
  return { name: `${voice.description}: ${sentence.text}`, origin: 'sample', audio: await response.blob() };
}
