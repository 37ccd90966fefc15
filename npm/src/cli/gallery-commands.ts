/** The commands about enrolled voiceprints. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { VoiceprintError } from '../error.js';
import type { Gallery, Identification } from '../gallery-types.js';
import { encryptedStore, fileStore, type LoadOptions, Voiceprint } from '../index.node.js';
import type { CompareOptions } from '../types.js';
import { describeIdentification, describeStep, describeVerification, describeVoiceprint } from './describe-gallery.js';
import { Progress } from './progress.js';
import { readStandardInput, recordingOf } from './recording-argument.js';
import { EXIT, print, usageError } from './usage.js';
import { writeBeside } from './write-file.js';

/** What may be named once for all commands. */
const environment: { readonly VOICEPRINT_GALLERY?: string; readonly VOICEPRINT_PASSPHRASE?: string } = process.env;
const DEFAULT_GALLERY = 'gallery.voiceprints';
const CONFLICT_POLICIES = ['refuse', 'keep', 'replace', 'combine'] as const;

export interface GalleryArguments {
  readonly json: boolean;
  readonly far?: string | undefined;
  readonly gallery?: string | undefined;
  readonly 'passphrase-file'?: string | undefined;
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
  return (COMMANDS[command] as Command)(() => openGallery(command, values, load), operands, values);
}

async function openGallery(command: string, values: GalleryArguments, load: LoadOptions): Promise<Gallery> {
  const path = values.gallery ?? environment.VOICEPRINT_GALLERY ?? DEFAULT_GALLERY;
  if (!existsSync(path) && !MAY_BEGIN.includes(command)) {
    throw new VoiceprintError('io', `There is no gallery ${path}: enroll somebody, or name another file by --gallery.`);
  }
  const passphrase = await passphraseOf(values);
  const file = fileStore(path);
  const voiceprint = await Voiceprint.load(load);
  return voiceprint.openGallery({ store: passphrase === null ? file : encryptedStore(file, { passphrase }) });
}

/** Never on the command line, where every user of the machine can read it. */
export async function passphraseOf({
  'passphrase-file': file,
}: Pick<GalleryArguments, 'passphrase-file'>): Promise<string | null> {
  if (file === undefined) return environment.VOICEPRINT_PASSPHRASE ?? null;
  try {
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    throw new VoiceprintError('io', `The passphrase file ${file} could not be read.`, { cause: error });
  }
}

async function enroll(open: Open, [name, ...files]: readonly string[], values: GalleryArguments): Promise<number> {
  if (name === undefined || files.length === 0) throw usageError('enroll takes a name and at least one recording');
  if (values.extend && values.replace) throw usageError('--extend and --replace exclude each other');
  const session = (await open()).enroll(name, {
    existing: values.extend ? 'extend' : values.replace ? 'replace' : 'refuse',
    ...(values.seconds === undefined ? {} : { targetSpeechS: Number(values.seconds) }),
    ...(values.utterances === undefined ? {} : { targetUtterances: Number(values.utterances) }),
  });
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
  const verification = await (await open()).verify(name, await recordingOf(file, [file]), operatingPoint(values));
  print(values.json ? JSON.stringify(verification) : describeVerification(file, verification));
  return EXIT[verification.decision];
}

async function identify(open: Open, files: readonly string[], values: GalleryArguments): Promise<number> {
  if (files.length === 0) throw usageError('identify takes at least one recording');
  const gallery = await open();
  const top = values.top === undefined ? {} : { top: Number(values.top) };
  const progress = files.length > 1 ? new Progress('identify', files.length, 0) : null;
  const recordings: ({ readonly file: string } & Identification)[] = [];
  for (const file of files) {
    const identification = await gallery.identify(await recordingOf(file, files), {
      ...operatingPoint(values),
      ...top,
    });
    recordings.push({ file, ...identification });
    if (!values.json) print(describeIdentification(file, identification));
    progress?.show(recordings.length);
  }
  if (values.json) print(JSON.stringify({ recordings }));
  // The worst of all: a script wants to know that nobody was left out.
  return Math.max(...recordings.map(({ decision }) => EXIT[decision]));
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
  for (const name of names) await gallery.remove(name);
  if (json) print(JSON.stringify({ removed: names }));
  return EXIT.accept;
}

async function exportGallery(open: Open, operands: readonly string[], { json }: GalleryArguments): Promise<number> {
  const [file, ...names] = operands;
  if (file === undefined) throw usageError('export takes a file, or - for standard output');
  if (file === '-' && json) throw usageError('export cannot write both a gallery and --json to standard output');
  const bytes = await (await open()).export(names.length === 0 ? undefined : names);
  if (file === '-') {
    process.stdout.write(bytes);
    return EXIT.accept;
  }
  await writeBeside(file, bytes);
  if (json) print(JSON.stringify({ file, bytes: bytes.length }));
  return EXIT.accept;
}

async function importGallery(open: Open, operands: readonly string[], values: GalleryArguments): Promise<number> {
  const [file, ...more] = operands;
  if (file === undefined || more.length > 0) throw usageError('import takes one file, or - for standard input');
  const { 'on-conflict': wanted = 'refuse' } = values;
  const onConflict = CONFLICT_POLICIES.find((policy) => policy === wanted);
  if (onConflict === undefined) throw usageError(`--on-conflict is one of ${CONFLICT_POLICIES.join(', ')}`);
  const bytes = file === '-' ? await readStandardInput() : await readExport(file);
  const names = await (await open()).import(bytes, { onConflict });
  if (values.json) print(JSON.stringify({ imported: names }));
  else for (const name of names) print(name);
  return EXIT.accept;
}

export function operatingPoint({ far }: Pick<GalleryArguments, 'far'>): CompareOptions {
  return far === undefined ? {} : { targetFalseAlarmRate: Number(far) };
}

async function readExport(file: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (error) {
    throw new VoiceprintError('io', `${file} could not be read: ${(error as Error).message}.`, { cause: error });
  }
}
