#!/usr/bin/env node
/** The `voiceprint` command. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { asVoiceprintError, VoiceprintError } from '../error.js';
import { type LoadOptions, Voiceprint } from '../index.node.js';
import { describeComparison, describeEmbedding } from './describe.js';
import { evaluate } from './eval.js';

const HELP = `voiceprint: are these recordings of one speaker? Nothing leaves this machine.

  voiceprint compare A B [--json] [--model DIR] [--far RATE]
      Compares two recordings. Exit status: 0 accept, 1 reject, 2 inconclusive, 3 error.
  voiceprint embed FILE... [--json] [--model DIR]
      Prints each recording's embedding. Exit status: 0 all embedded, 2 some hold nothing to embed, 3 error.
  voiceprint eval LIST... --out DIR [--audio-root DIR] [--resamplings N] [--model DIR]
      Runs trial lists ('1 A B' or '0 A B' per line; a folder holds .txt lists) and measures the errors. Writes into DIR scores and LLRs
      of each list ('label score enroll test'), report.json, and embeddings.jsonl, with which the same command goes on after a stop.

  --json        one JSON object on stdout, also for errors: {"error":{"code","message"}}
  --model DIR   folder (or URL) of another model: manifest.json with its ONNX file
  --far RATE    highest acceptable false-alarm rate, for example 0.01; default: the model's own choice
  --out DIR     where eval writes
  --audio-root DIR  what the paths in trial lists are relative to; default: the current folder
  --resamplings N   of the speakers, for 95 % intervals; default 1000, 0 leaves them out
  --help        this text
  --version     of the package, and of the model that is used with its SHA-256

Recordings: WAV; with ffmpeg on the PATH also FLAC, Ogg, MP3, MP4 and WebM. At least a few seconds of one person speaking.
compare --json: score (cosine, -1 to 1), asNorm (normalised by the model's cohort, or null), llr (natural-log likelihood ratio), probability (that it is one speaker, at the
model's prior, usually 0.5), threshold (the operating point), decision, quality (of A and of B).
`;

const EXIT = { accept: 0, reject: 1, inconclusive: 2, error: 3 } as const;

const OPTIONS = {
  json: { type: 'boolean', default: false },
  model: { type: 'string' },
  far: { type: 'string' },
  out: { type: 'string' },
  'audio-root': { type: 'string' },
  resamplings: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
  version: { type: 'boolean', default: false },
} as const;

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(argv);
  const [command, ...files] = positionals;
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values.version) return printVersion(loadOptions(values.model));
  if (command === 'compare') {
    const [a, b, ...more] = files;
    if (a === undefined || b === undefined || more.length > 0) throw usageError('compare takes exactly two recordings');
    return compare(a, b, values);
  }
  if (command === 'embed') {
    if (files.length === 0) throw usageError('embed takes at least one recording');
    if (values.far !== undefined) throw usageError('--far belongs to compare');
    return embed(files, values);
  }
  if (command === 'eval') return evaluateLists(files, values);
  throw usageError(command === undefined ? 'a command is missing' : `there is no command "${command}"`);
}

type Options = ReturnType<typeof readArguments>['values'];

async function compare(a: string, b: string, { json, model, far }: Options): Promise<number> {
  const targetFalseAlarmRate = far === undefined ? undefined : Number(far);
  const voiceprint = await Voiceprint.load(loadOptions(model));
  const comparison = await voiceprint.compare(a, b, targetFalseAlarmRate === undefined ? {} : { targetFalseAlarmRate });
  const { score, asNorm, llr, probability, threshold, decision, quality } = comparison;
  print(
    json
      ? JSON.stringify({ score, asNorm, llr, probability, threshold, decision, quality })
      : describeComparison(comparison, a, b),
  );
  return EXIT[decision];
}

async function embed(files: readonly string[], { json, model }: Options): Promise<number> {
  const voiceprint = await Voiceprint.load(loadOptions(model));
  const recordings = [];
  for (const file of files) {
    const { vector, quality } = await voiceprint.embed(file);
    recordings.push({ file, vector: vector && Array.from(vector), quality });
    if (!json) print(describeEmbedding(file, vector, quality));
  }
  if (json) print(JSON.stringify({ modelSha256: voiceprint.model.sha256, recordings }));
  return recordings.some(({ vector }) => vector === null) ? EXIT.inconclusive : EXIT.accept;
}

async function evaluateLists(places: readonly string[], options: Options): Promise<number> {
  const { out, model, resamplings = '1000', 'audio-root': audioRoot = '.' } = options;
  if (places.length === 0) throw usageError('eval takes at least one trial list');
  if (out === undefined) throw usageError('eval needs --out, the folder for its report');
  if (!/^\d{1,6}$/.test(resamplings)) throw usageError(`--resamplings must be a whole number, not "${resamplings}"`);
  const voiceprint = await Voiceprint.load(loadOptions(model));
  print(await evaluate(voiceprint, places, { audioRoot, out, resamplings: Number(resamplings) }));
  return EXIT.accept;
}

async function printVersion(options: LoadOptions): Promise<number> {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const { model } = await Voiceprint.load(options);
  print(`voiceprint-wasm ${version}\n${model.name} ${model.version} ${model.sha256}`);
  return 0;
}

/** A command does one thing and can be interrupted, so it needs no worker. */
function loadOptions(model: string | undefined): LoadOptions {
  return { worker: false, ...(model === undefined ? {} : { model }) };
}

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error));
  }
}

function usageError(what: string): VoiceprintError {
  return new VoiceprintError('invalid_argument', `${what}; voiceprint --help tells how.`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

const argv = process.argv.slice(2);
try {
  process.exitCode = await main(argv);
} catch (error) {
  const { code, message } = asVoiceprintError(error);
  if (argv.includes('--json')) print(JSON.stringify({ error: { code, message } }));
  else process.stderr.write(`voiceprint: ${message} (${code})\n`);
  process.exitCode = EXIT.error;
}
