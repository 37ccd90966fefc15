/** Trial lists: `1 A B` / `0 A B` (VoxCeleb), or `A B target|nontarget` (Kaldi), one trial per line. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, isAbsolute, join } from 'node:path';
import { VoiceprintError } from '../error.js';
import { accessing } from './file-access.js';

export interface Trial {
  readonly enroll: string;
  readonly test: string;
  readonly isTarget: boolean;
}

export interface TrialList {
  /** The file's name without its suffix. */
  readonly name: string;
  readonly file: string;
  readonly trials: readonly Trial[];
}

const EXPECTED = "expected '1 A B', '0 A B' or 'A B target|nontarget'";

/** Of every place, which is a list or a folder of `.txt` lists. Throws `io` and `invalid_argument`, naming file and line. */
export function readTrialLists(places: readonly string[]): TrialList[] {
  const lists = places.flatMap(filesAt).map(readTrialList);
  const names = new Map<string, string>();
  for (const { name, file } of lists) {
    const other = names.get(name);
    if (other !== undefined) throw invalid(`${other} and ${file} are both named "${name}": rename one`);
    names.set(name, file);
  }
  return lists;
}

function filesAt(place: string): string[] {
  if (!existsSync(place)) throw new VoiceprintError('io', `${place}: there is no such trial list or folder.`);
  if (!accessing(place, 'read', () => statSync(place)).isDirectory()) return [place];
  const files = accessing(place, 'read', () => readdirSync(place)).filter((file) => file.endsWith('.txt'));
  if (files.length === 0) throw invalid(`${place} holds no .txt trial list`);
  return files.sort().map((file) => join(place, file));
}

function readTrialList(file: string): TrialList {
  const trials: Trial[] = [];
  const lineOf = new Map<string, number>();
  const lines = accessing(file, 'read', () => readFileSync(file, 'utf8'))
    .replace(/^\uFEFF/, '')
    .split('\n');
  for (const [index, line] of lines.entries()) {
    const words = line.split(/\s+/).filter((word) => word !== '');
    if (words.length === 0) continue;
    const trial = parseTrial(words);
    if (trial === null) throw invalid(`${file}, line ${index + 1}: ${EXPECTED}`);
    const pair = `${trial.enroll}\n${trial.test}`;
    const earlier = lineOf.get(pair);
    if (earlier !== undefined) {
      throw invalid(`${file}, line ${index + 1}: the same pair as in line ${earlier}; remove one of them`);
    }
    lineOf.set(pair, index + 1);
    trials.push(trial);
  }
  for (const [isTarget, kind, label] of [
    [true, 'target', '1'],
    [false, 'non-target', '0'],
  ] as const) {
    if (!trials.some((trial) => trial.isTarget === isTarget)) {
      throw invalid(`${file} holds no ${kind} trial (label ${label}): error rates need both kinds`);
    }
  }
  return { name: basename(file, extname(file)), file, trials };
}

function parseTrial(words: readonly string[]): Trial | null {
  const [first = '', second = '', third = '', ...more] = words;
  if (third === '' || more.length > 0) return null;
  if (first === '0' || first === '1') return { enroll: second, test: third, isTarget: first === '1' };
  if (third !== 'target' && third !== 'nontarget') return null;
  return { enroll: first, test: second, isTarget: third === 'target' };
}

/** Where each recording of the lists lies. Throws `io`, naming the first trials whose recordings are not there. */
export function locateRecordings(lists: readonly TrialList[], audioRoot: string): Map<string, string> {
  const paths = new Map<string, string>();
  const missing: string[] = [];
  for (const { trials, file } of lists) {
    for (const name of trials.flatMap(({ enroll, test }) => [enroll, test])) {
      if (paths.has(name)) continue;
      const path = isAbsolute(name) ? name : join(audioRoot, name);
      paths.set(name, path);
      if (!existsSync(path)) missing.push(`${path} (named in ${file})`);
    }
  }
  if (missing.length > 0) {
    const more = missing.length > 3 ? ` and ${missing.length - 3} more` : '';
    throw new VoiceprintError(
      'io',
      `Recordings of the trials are missing: ${missing.slice(0, 3).join(', ')}${more}. Name the folder that the lists are relative to by --audio-root.`,
    );
  }
  return paths;
}

/** The folder that holds a recording names its speaker. Numbered from 0 in the order of their first trial. */
export function numberSpeakers(trials: readonly Trial[]): (recording: string) => number {
  const numbers = new Map<string, number>();
  for (const name of trials.flatMap(({ enroll, test }) => [enroll, test])) {
    const speaker = dirname(name);
    if (!numbers.has(speaker)) numbers.set(speaker, numbers.size);
  }
  return (recording) => numbers.get(dirname(recording)) as number;
}

function invalid(what: string): VoiceprintError {
  return new VoiceprintError('invalid_argument', `${what}.`);
}
