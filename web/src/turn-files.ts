/** The turns as files for other programs. No voiceprint is in them. */
import type { Diarization } from 'voiceprint-wasm';

interface Told {
  /** Of the recording, as its user knows it. */
  readonly recording: string;
  readonly found: Diarization;
  /** In the order of the speakers. */
  readonly labels: readonly string[];
}

/** The recording's name without its ending. */
export function baseName(recording: string): string {
  return recording.replace(/(.)\.[^.\s]{1,5}$/, '$1');
}

/** NIST's Rich Transcription Time Marked: a line for each turn, fields parted by blanks. */
export function rttm({ recording, found, labels }: Told): string {
  const file = field(baseName(recording));
  return found.turns
    .map(({ startS, endS, speaker }) => {
      const times = `${startS.toFixed(3)} ${(endS - startS).toFixed(3)}`;
      return `SPEAKER ${file} 1 ${times} <NA> <NA> ${field(labels[speaker] ?? '')} <NA> <NA>\n`;
    })
    .join('');
}

export function turnsJson({ recording, found, labels }: Told): string {
  const milliseconds = (s: number) => Number(s.toFixed(3));
  const file = {
    recording,
    durationS: milliseconds(found.quality.durationS),
    speakers: found.speakers.map(({ turnsS }, i) => ({ name: labels[i], turnsS: milliseconds(turnsS) })),
    turns: found.turns.map(({ startS, endS, speaker }) => ({
      startS: milliseconds(startS),
      endS: milliseconds(endS),
      speaker: labels[speaker],
    })),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

const field = (text: string): string => text.trim().replace(/\s+/g, '_');
