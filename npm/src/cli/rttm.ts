/** RTTM files, NIST's lines for who spoke when (RT-09 evaluation plan, appendix A): times in seconds, one turn a line. */
import { VoiceprintError } from '../error.js';

export interface NamedTurn {
  readonly beginS: number;
  readonly endS: number;
  readonly speaker: string;
}

export interface RttmTurn extends NamedTurn {
  /** The file ID: which recording the turn is of, usually its name without the suffix. */
  readonly recording: string;
}

const OTHER_RECORDS = new Set(
  'SEGMENT NOSCORE NO_RT_METADATA LEXEME NON-LEX NON-SPEECH FILLER EDIT SU IP CB A/P SPKR-INFO'.split(' '),
);

/** Throws `invalid_argument`, naming file, line and field. Channels are not told apart. */
export function parseRttm(text: string, file: string): RttmTurn[] {
  const turns: RttmTurn[] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const fields = line.split(/\s+/).filter((field) => field !== '');
    const type = fields[0]?.toUpperCase();
    if (type === undefined || /^[;#]/.test(type) || OTHER_RECORDS.has(type)) continue;
    turns.push(parseTurn(fields, `${file}, line ${index + 1}`));
  }
  return turns;
}

function parseTurn(fields: readonly string[], place: string): RttmTurn {
  const [type = '', recording = '', , begin = '', duration = '', , , speaker = ''] = fields;
  if (type.toUpperCase() !== 'SPEAKER') {
    throw invalid(`${place}, field 1: '${type}' is no record of RTTM; a turn begins with SPEAKER`);
  }
  if (fields.length !== 9 && fields.length !== 10) {
    throw invalid(
      `${place}: ${fields.length} fields; expected 'SPEAKER file channel begin duration <NA> <NA> name <NA> <NA>', names without blanks`,
    );
  }
  const beginS = parseSeconds(begin);
  const durationS = parseSeconds(duration);
  if (beginS === null) throw invalid(`${place}, field 4: begin '${begin}' is no time; give seconds, 0 or more`);
  if (durationS === null || durationS === 0) {
    throw invalid(`${place}, field 5: duration '${duration}' is no length; give seconds above 0, or remove the line`);
  }
  return { recording, beginS, endS: beginS + durationS, speaker };
}

/** null for what is no finite decimal number from 0. */
function parseSeconds(field: string): number | null {
  const seconds = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(field) ? Number(field) : Number.NaN;
  return Number.isFinite(seconds) ? seconds : null;
}

/**
 * Of one recording, in the order of the turns. Times are rounded to milliseconds, so that turns that touch still do; a
 * turn that this leaves without length is left out. Blanks in `recording` become `_`. Throws `invalid_argument` for a
 * speaker's name that is empty or holds blanks.
 */
export function writeRttm(turns: readonly NamedTurn[], recording: string): string {
  const lines = turns.map(({ beginS, endS, speaker }) => {
    if (!/^\S+$/.test(speaker)) {
      throw invalid(
        `The speaker's name '${speaker}' is empty or holds blanks, which separate fields in RTTM; rename it`,
      );
    }
    const beginMs = Math.round(1000 * beginS);
    const durationMs = Math.round(1000 * endS) - beginMs;
    if (durationMs <= 0) return '';
    const fields = [recording.replace(/\s+/g, '_') || '<NA>', 1, toSeconds(beginMs), toSeconds(durationMs)];
    return `SPEAKER ${fields.join(' ')} <NA> <NA> ${speaker} <NA> <NA>\n`;
  });
  return lines.join('');
}

function toSeconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

function invalid(what: string): VoiceprintError {
  return new VoiceprintError('invalid_argument', `${what}.`);
}
