/** The commands about enrolled voiceprints. */
import { readFile, stat } from 'node:fs/promises';
import { VoiceprintError } from '../error.js';
import type { Gallery } from '../gallery-types.js';
import { type LoadOptions, Voiceprint } from '../index.node.js';
import type { CompareOptions } from '../types.js';
import { describeIdentification, describeStep, describeVerification, describeVoiceprint } from './describe-gallery.js';
import { accessing } from './file-access.js';
import { falseAlarmRate, numberOption } from './number-option.js';
import { type GalleryPlace, galleryPath, openGallery } from './opened-gallery.js';
import { Progress } from './progress.js';
import { readStandardInput, recordingOf } from './recording-argument.js';
import { batch } from './recording-batch.js';
import { EXIT, print, usageError } from './usage.js';
import { writeWhole } from './write-file.js';

const CONFLICT_POLICIES = ['refuse', 'keep', 'replace', 'combine'] as const;

export interface GalleryArguments extends GalleryPlace {
  readonly json: boolean;
  readonly far?: string | undefined;
  readonly top?: string | undefined;
  readonly extend: boolean;
  readonly replace: boolean;
  readonly seconds?: string | undefined;
  readonly utterances?: string | undefined;
  readonly 'on-conflict'?: string | undefined;
}

/** Opens the gallery: after the operands were checked, since it takes a moment. */
type Open = () => Promise<Gallery>;

type Command = (open: Open, operands: readonly string[], values: GalleryArguments) => Promise<number>;

const COMMANDS: Readonly<Record<string, Command>> = {
  enroll,
  verify,
  identify,
  list,
  rename: renameVoiceprint,
  remove,
  export: exportGallery,
  import: importGallery,
};
/** The others read a gallery that must be there. */
const MAY_BEGIN = ['enroll', 'import'];

export function isGalleryCommand(command: string): boolean {
  return Object.hasOwn(COMMANDS, command);
}

/** Gives the exit status. */
export async function runGalleryCommand(
  command: string,
  operands: readonly string[],
  values: GalleryArguments,
  load: LoadOptions,
): Promise<number> {
  const loaded = () => Voiceprint.load(load);
  const open = () => openGallery(values, MAY_BEGIN.includes(command), loaded);
  return (COMMANDS[command] as Command)(open, operands, values);
}

async function enroll(open: Open, [name, ...files]: readonly string[], values: GalleryArguments): Promise<number> {
  if (name === undefined || files.length === 0) throw usageError('enroll takes a name and at least one recording');
  if (values.extend && values.replace) throw usageError('--extend and --replace exclude each other');
  const { seconds, utterances } = values;
  const targets = {
    ...(seconds === undefined ? {} : { targetSpeechS: numberOption('--seconds', seconds, { above: 0 }) }),
    ...(utterances === undefined ? {} : { targetUtterances: numberOption('--utterances', utterances, { above: 0 }) }),
  };
  const existing = values.extend ? 'extend' : values.replace ? 'replace' : 'refuse';
  const session = (await open()).enroll(name, { existing, ...targets });
  const steps = [];
  for (const file of files) {
    const step = await session.add(await recordingOf(file, files));
    steps.push({ file, ...step });
    if (!values.json) print(describeStep(file, step));
  }
  const { isComplete, progress } = session;
  const saved = isComplete ? await session.save() : null;
  if (values.json) print(JSON.stringify({ name, saved: isComplete, progress, voiceprint: saved, steps }));
  else if (saved) print(`Saved: ${describeVoiceprint(saved)}`);
  else
    print(
      `Not saved: "${name}" is at ${Math.floor(progress)} %. Give more speech, or lower --seconds or --utterances.`,
    );
  return isComplete ? EXIT.accept : EXIT.inconclusive;
}

async function verify(open: Open, operands: readonly string[], values: GalleryArguments): Promise<number> {
  const [name, file, ...more] = operands;
  if (name === undefined || file === undefined || more.length > 0)
    throw usageError('verify takes a name and a recording');
  const options = operatingPoint(values);
  const verification = await (await open()).verify(name, await recordingOf(file, [file]), options);
  print(values.json ? JSON.stringify(verification) : describeVerification(file, verification));
  return EXIT[verification.decision];
}

async function identify(open: Open, files: readonly string[], values: GalleryArguments): Promise<number> {
  if (files.length === 0) throw usageError('identify takes at least one recording');
  const top = values.top === undefined ? {} : { top: numberOption('--top', values.top, { above: 0, isWhole: true }) };
  const options = { ...operatingPoint(values), ...top };
  const gallery = await open();
  const progress = files.length > 1 ? new Progress('identify', files.length, 0) : null;
  // The worst of all: a script wants to know that nobody was left out.
  const { recordings, status } = await batch(
    files,
    values.json,
    async (file) => {
      const identification = await gallery.identify(await recordingOf(file, files), options);
      if (!values.json) print(describeIdentification(file, identification));
      return [{ file, ...identification }, EXIT[identification.decision]];
    },
    (done) => progress?.show(done),
  );
  if (values.json) print(JSON.stringify({ recordings }));
  return status;
}

async function list(open: Open, operands: readonly string[], { json }: GalleryArguments): Promise<number> {
  if (operands.length > 0) throw usageError('list takes no operand');
  const voiceprints = await (await open()).list();
  if (json) print(JSON.stringify({ voiceprints }));
  else for (const voiceprint of voiceprints) print(describeVoiceprint(voiceprint));
  return EXIT.accept;
}

async function renameVoiceprint(open: Open, operands: readonly string[], { json }: GalleryArguments): Promise<number> {
  const [from, to, ...more] = operands;
  if (from === undefined || to === undefined || more.length > 0) throw usageError('rename takes two names');
  await (await open()).rename(from, to);
  if (json) print(JSON.stringify({ from, to }));
  return EXIT.accept;
}

async function remove(open: Open, names: readonly string[], { json }: GalleryArguments): Promise<number> {
  if (names.length === 0) throw usageError('remove takes at least one name');
  const gallery = await open();
  const present = new Set((await gallery.list()).map(({ name }) => name));
  const unknown = names.find((name) => !present.has(name));
  if (unknown !== undefined)
    throw new VoiceprintError('not_enrolled', `There is no voiceprint named "${unknown}": nothing was removed.`);
  const removed = [...new Set(names)];
  for (const name of removed) await gallery.remove(name);
  if (json) print(JSON.stringify({ removed }));
  return EXIT.accept;
}

async function exportGallery(open: Open, operands: readonly string[], values: GalleryArguments): Promise<number> {
  const [file, ...names] = operands;
  const { json } = values;
  if (file === undefined) throw usageError('export takes a file, or - for standard output');
  if (file === '-' && json) throw usageError('export cannot write both a gallery and --json to standard output');
  if (file !== '-' && (await isSameFile(file, galleryPath(values))))
    throw usageError(`${file} is the gallery itself, which an export would replace: name another file`);
  const bytes = await (await open()).export(names.length === 0 ? undefined : names);
  if (file === '-') {
    process.stdout.write(bytes);
    return EXIT.accept;
  }
  await writeWhole(file, bytes);
  if (json) print(JSON.stringify({ file, bytes: bytes.length }));
  return EXIT.accept;
}

async function importGallery(open: Open, operands: readonly string[], values: GalleryArguments): Promise<number> {
  const [file, ...more] = operands;
  if (file === undefined || more.length > 0) throw usageError('import takes one file, or - for standard input');
  const { 'on-conflict': wanted = 'refuse' } = values;
  const onConflict = CONFLICT_POLICIES.find((policy) => policy === wanted);
  if (onConflict === undefined) throw usageError(`--on-conflict is one of ${CONFLICT_POLICIES.join(', ')}`);
  const bytes = file === '-' ? await readStandardInput() : await accessing(file, 'read', () => readFile(file));
  const names = await (await open()).import(bytes, { onConflict });
  if (values.json) print(JSON.stringify({ imported: names }));
  else for (const name of names) print(name);
  return EXIT.accept;
}

export function operatingPoint({ far }: Pick<GalleryArguments, 'far'>): CompareOptions {
  return far === undefined ? {} : { targetFalseAlarmRate: falseAlarmRate(far) };
}

/** Also by another name. */
async function isSameFile(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([a, b].map((path) => stat(path, { bigint: true }).catch(() => null)));
  return one != null && other != null && one.dev === other.dev && one.ino === other.ino;
}
