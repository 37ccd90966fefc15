/** `voiceprint diarize`: who spoke when in a recording, named by a gallery where one is given. */
import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { type DiarizationError, measureDiarization, type NumberedTurn } from '../core/diarization-error.js';
import { Core } from '../core/module.js';
import type { Diarization } from '../diarization-types.js';
import { VoiceprintError } from '../error.js';
import { type LoadOptions, Voiceprint } from '../index.node.js';
import { describeQuality, percent } from './describe.js';
import { type GalleryArguments, operatingPoint } from './gallery-commands.js';
import { openGallery } from './opened-gallery.js';
import { Progress } from './progress.js';
import { recordingOf } from './recording-argument.js';
import { parseRttm, type RttmTurn, writeRttm } from './rttm.js';
import { EXIT, print, usageError } from './usage.js';

/** As md-eval's usual: nothing is scored so near to a turn's begin or end. */
const COLLAR_S = 0.25;

export interface DiarizeArguments extends Pick<GalleryArguments, 'json' | 'far' | 'gallery' | 'passphrase-file'> {
  readonly speakers?: string | undefined;
  readonly rttm: boolean;
  readonly reference?: string | undefined;
}

export async function diarize(
  files: readonly string[],
  values: DiarizeArguments,
  load: () => Promise<LoadOptions>,
): Promise<number> {
  const [file, ...more] = files;
  if (file === undefined || more.length > 0) throw usageError('diarize takes exactly one recording');
  if (values.json && values.rttm) throw usageError('--json and --rttm exclude each other');
  const numSpeakers = numberOfSpeakers(values.speakers);
  const recording = file === '-' ? 'stdin' : basename(file, extname(file));
  const reference = values.reference === undefined ? null : await readReference(values.reference, recording);

  const voiceprint = await Voiceprint.load(await load());
  const progress = new Progress('diarize', 100, 0);
  const found = await voiceprint.diarize(await recordingOf(file, files), {
    ...(numSpeakers === null ? {} : { numSpeakers }),
    onProgress: (fraction) => progress.show(Math.min(99, Math.floor(100 * fraction))),
  });
  progress.show(100);
  const names = await nameSpeakers(voiceprint, found, values);
  const error = reference && (await measure(reference, found));
  if (values.json) print(JSON.stringify(asJson(file, found, names, error)));
  else if (values.rttm) process.stdout.write(asRttm(recording, found, names));
  else print(describe(file, found, names, error));
  return found.turns.length > 0 ? EXIT.accept : EXIT.inconclusive;
}

function numberOfSpeakers(argument: string | undefined): number | null {
  if (argument === undefined) return null;
  if (!/^[1-9]\d{0,3}$/.test(argument)) throw usageError(`--speakers must be a whole number from 1, not "${argument}"`);
  return Number(argument);
}

/** Names of the gallery where the evidence accepts one, and numbers for the others. */
async function nameSpeakers(voiceprint: Voiceprint, found: Diarization, values: DiarizeArguments): Promise<string[]> {
  const numbered = found.speakers.map((_, i) => `speaker-${i + 1}`);
  if (values.gallery === undefined) return numbered;
  const gallery = await openGallery(values, false, async () => voiceprint);
  const options = { top: 1, ...operatingPoint(values) };
  const matches = await Promise.all(found.speakers.map(({ embedding }) => gallery.identify(embedding, options)));
  return numbered.map((number, i) => matches[i]?.match ?? number);
}

/** The turns of `recording`, or of the only recording that the file knows. */
async function readReference(path: string, recording: string): Promise<RttmTurn[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new VoiceprintError('io', `The reference ${path} could not be read: name a file of RTTM.`, { cause });
  });
  const all = parseRttm(text, path);
  const recordings = new Set(all.map((turn) => turn.recording));
  const own = recordings.size === 1 ? all : all.filter((turn) => turn.recording === recording);
  if (own.length > 0) return own;
  throw new VoiceprintError(
    'invalid_argument',
    `${path} has no turn of "${recording}": the second field names recordings.`,
  );
}

async function measure(reference: readonly RttmTurn[], { turns }: Diarization): Promise<DiarizationError> {
  const core = await Core.instantiate(new Uint8Array(await readFile(new URL('../voiceprint.wasm', import.meta.url))));
  const names = [...new Set(reference.map(({ speaker }) => speaker))];
  const expected: NumberedTurn[] = reference.map((turn) => ({ ...turn, speaker: names.indexOf(turn.speaker) }));
  const given = turns.map(({ startS, endS, speaker }) => ({ beginS: startS, endS, speaker }));
  return measureDiarization(core, expected, given, COLLAR_S);
}

function asJson(file: string, found: Diarization, names: readonly string[], error: DiarizationError | null): object {
  const { turns, speakers, quality, timing } = found;
  return {
    file,
    turns: turns.map((turn) => ({ ...turn, name: names[turn.speaker] })),
    speakers: speakers.map(({ turnsS, embedding }, i) => ({
      name: names[i],
      turnsS,
      vector: embedding.vector && Array.from(embedding.vector),
      quality: embedding.quality,
    })),
    quality,
    timing,
    ...(error === null ? {} : { error: { ...error, collarS: COLLAR_S } }),
  };
}

function asRttm(recording: string, { turns }: Diarization, names: readonly string[]): string {
  const named = turns.map(({ startS, endS, speaker }) => ({
    beginS: startS,
    endS,
    speaker: (names[speaker] ?? '').replace(/\s+/g, '_'),
  }));
  return writeRttm(named, recording);
}

function describe(file: string, found: Diarization, names: readonly string[], error: DiarizationError | null): string {
  const { turns, speakers, quality } = found;
  const totalS = speakers.reduce((sum, { turnsS }) => sum + turnsS, 0);
  const lines = turns.map(({ startS, endS, speaker }) => `${clock(startS)} - ${clock(endS)}  ${names[speaker]}`);
  const shares = speakers.map(
    ({ turnsS }, i) => `${names[i]}: ${turnsS.toFixed(1)} s, ${Math.round((100 * turnsS) / totalS)} % of the talk`,
  );
  const measured =
    error === null
      ? []
      : [
          `diarization error ${percent(error.rate)} of ${error.speechS.toFixed(1)} s: missed ${error.missedS.toFixed(1)} s, false alarm ${error.falseAlarmS.toFixed(1)} s, confused ${error.confusionS.toFixed(1)} s (collar ${COLLAR_S} s)`,
        ];
  return [...lines, ...shares, ...measured, describeQuality(file, quality)].join('\n');
}

/** Minutes, and seconds to a hundredth. */
function clock(seconds: number): string {
  const hundredths = Math.round(100 * seconds);
  const rest = ((hundredths % 6000) / 100).toFixed(2).padStart(5, '0');
  return `${String(Math.floor(hundredths / 6000)).padStart(3)}:${rest}`;
}
