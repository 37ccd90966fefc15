/** Example conversations: the sample voices, joined by short pauses when somebody asks for one. */

import { say } from '../language';
import type { Words } from '../words/en';
import { type SampleChoice, sampleBlob } from './samples';
import type { Source } from './take';

export type ConversationId = keyof Words['speakers']['examples'];

/** Who says what, in order. */
const SCRIPTS: Readonly<Record<ConversationId, readonly SampleChoice[]>> = {
  two: [
    { voice: 'flite-slt', sentence: 'rain' },
    { voice: 'festival-ked', sentence: 'rain' },
    { voice: 'flite-slt', sentence: 'parcel' },
    { voice: 'festival-ked', sentence: 'parcel' },
  ],
  three: [
    { voice: 'flite-slt', sentence: 'rain' },
    { voice: 'festival-ked', sentence: 'rain' },
    { voice: 'espeak-en-us-f3', sentence: 'rain' },
    { voice: 'flite-slt', sentence: 'parcel' },
    { voice: 'espeak-en-us-f3', sentence: 'parcel' },
    { voice: 'festival-ked', sentence: 'parcel' },
  ],
};

const SAMPLE_RATE_HZ = 16000;
const PAUSE_S = 0.4;

export const conversationName = (id: ConversationId): string => say().speakers.examples[id];

export async function makeConversation(id: ConversationId, signal: AbortSignal): Promise<Source> {
  const decoder = new OfflineAudioContext(1, 1, SAMPLE_RATE_HZ);
  const said = await Promise.all(
    SCRIPTS[id].map(async (choice) => {
      const file = await (await sampleBlob(choice, signal)).arrayBuffer();
      return (await decoder.decodeAudioData(file)).getChannelData(0);
    }),
  );
  const pause = SAMPLE_RATE_HZ * PAUSE_S;
  const samples = new Float32Array(said.reduce((sum, part) => sum + part.length + pause, -pause));
  let at = 0;
  for (const part of said) {
    samples.set(part, at);
    at += part.length + pause;
  }
  return {
    name: () => conversationName(id),
    origin: 'sample',
    audio: { samples, sampleRateHz: SAMPLE_RATE_HZ },
  };
}
