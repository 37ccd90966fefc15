/** Who is speaking now, in words that claim no more than the latest seconds do. */
import type { LiveSpeaker, LiveUpdate } from 'voiceprint-wasm';
import { say } from '../language';
import { isEvidence } from './evidence';
import { unclearSpeech } from './quality';

export interface SpeakerWords {
  readonly headline: string;
  readonly hint: string;
}

/** Null: nothing is known yet. */
export function speakerWords(update: Pick<LiveUpdate, 'speaker' | 'identification'> | null): SpeakerWords {
  const words = say().live;
  if (!update) return { headline: words.listening, hint: words.silenceHint };
  const { speaker, identification } = update;
  if (speaker.state === 'silence') {
    const fault = unclearSpeech(identification.quality);
    return fault === null
      ? { headline: words.silence, hint: words.silenceHint }
      : { headline: words.unclearSpeaker, hint: fault };
  }
  const headline = speaker.state === 'known' ? words.known(speaker.name ?? '') : words.unknown;
  return {
    headline,
    hint: identification.decision === 'inconclusive' ? words.unclear : hintOf(speaker, identification),
  };
}

/** A name outlasts seconds that are a little below what the setting asks for, and the setting may ask for less than evidence. */
function hintOf({ state, name }: LiveSpeaker, { candidates, threshold }: LiveUpdate['identification']): string {
  const words = say().live;
  if (state === 'unknown') return words.unknownHint;
  const llr = candidates.find((one) => one.name === name)?.llr;
  if (llr === undefined) return words.knownHint;
  if (llr < threshold.thresholdLlr) return words.knownHeldHint;
  return llr > 0 && isEvidence(llr) ? words.knownHint : words.knownWeakHint;
}
