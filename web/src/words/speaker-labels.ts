/** What the speakers found are called. */
import type { Identification } from 'voiceprint-wasm';
import { say } from '../language';

/** Speaker 1, 2, ..., or the name of whom the gallery accepts; where it accepts two as one person, both are told apart. */
export function speakerLabels(count: number, identifications: readonly Identification[]): readonly string[] {
  const words = say().speakers;
  const matches = Array.from({ length: count }, (_, i) => identifications[i]?.match ?? null);
  return matches.map((match, i) => {
    if (match === null) return words.speaker(i + 1);
    const isAlone = matches.indexOf(match) === matches.lastIndexOf(match);
    return isAlone ? match : words.both(match, words.speaker(i + 1));
  });
}
