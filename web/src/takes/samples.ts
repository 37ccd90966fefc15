/** The built-in sample recordings: synthetic voices, made by samples/make_samples.sh. */
import { say } from '../language';
import type { Words } from '../words/en';
import type { Source } from './take';

export interface SampleVoice {
  readonly id: keyof Words['takes']['sampleVoices'];
  readonly synthesizer: string;
}

export interface SampleSentence {
  readonly id: keyof Words['takes']['sampleSentences'];
  readonly text: string;
}

export const SAMPLE_VOICES: readonly SampleVoice[] = [
  { id: 'flite-slt', synthesizer: 'flite slt' },
  { id: 'festival-ked', synthesizer: 'festival ked' },
  { id: 'flite-rms', synthesizer: 'flite rms' },
  { id: 'espeak-en-us-f3', synthesizer: 'espeak-ng en-us+f3' },
];

/** Spoken in English, whatever the language of the page. */
export const SAMPLE_SENTENCES: readonly SampleSentence[] = [
  { id: 'rain', text: 'The river was high after three days of rain…' },
  { id: 'parcel', text: 'Please leave the parcel with my neighbour…' },
];

const urls = import.meta.glob<string>('../../samples/{flite-slt,festival-ked,flite-rms,espeak-en-us-f3}-*.wav', {
  query: '?url',
  import: 'default',
  eager: true,
});

export interface SampleChoice {
  readonly voice: SampleVoice['id'];
  readonly sentence: SampleSentence['id'];
}

export function sampleName({ voice, sentence }: SampleChoice): string {
  const { sampleName: name, sampleVoices, sampleSentences } = say().takes;
  return name(sampleVoices[voice], sampleSentences[sentence]);
}

export async function fetchSample(choice: SampleChoice, signal: AbortSignal): Promise<Source> {
  return { name: () => sampleName(choice), origin: 'sample', audio: await sampleBlob(choice, signal) };
}

export async function sampleBlob(choice: SampleChoice, signal: AbortSignal): Promise<Blob> {
  const file = `${choice.voice}-${choice.sentence}.wav`;
  const url = urls[`../../samples/${file}`];
  if (url === undefined) throw new RangeError(`the page was built without ${file}`);
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`${file}: the server answered ${response.status}`);
  return response.blob();
}
