// What the calls are timed on: a synthetic voice of the repository, repeated or cut to the wanted length.
import { readFileSync } from 'node:fs';

const RATE = 16000;
const bytes = readFileSync(new URL('../data/speech_flite.wav', import.meta.url));
const speech = Float32Array.from({ length: (bytes.length - 44) / 2 }, (_, i) => bytes.readInt16LE(44 + 2 * i) / 32768);

/** `skip` seconds into the repeated voice, so that two recordings differ. */
export function recording(seconds, skip = 0) {
  const first = Math.round(skip * RATE);
  const samples = Float32Array.from({ length: seconds * RATE }, (_, i) => speech[(first + i) % speech.length]);
  return { samples, sampleRateHz: RATE };
}
