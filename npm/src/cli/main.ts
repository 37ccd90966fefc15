#!/usr/bin/env node
/** The `voiceprint` command. */
import { parseArgs } from 'node:util';
import { asVoiceprintError } from '../error.js';
import { type LoadOptions, Voiceprint } from '../index.node.js';
import { describeComparison, describeEmbedding } from './describe.js';
import { diarize } from './diarize.js';
import { embeddingMaker } from './embedding-maker.js';
import { evaluate } from './eval.js';
import { describeResults } from './eval-table.js';
import { isGalleryCommand, runGalleryCommand } from './gallery-commands.js';
import { loadOptions } from './model-argument.js';
import { falseAlarmRate } from './number-option.js';
import { guardOutput } from './output-errors.js';
import { packageVersion } from './package-version.js';
import { record } from './record.js';
import { recordingOf } from './recording-argument.js';
import { batch } from './recording-batch.js';
import { EXIT, print, printError, usageError } from './usage.js';

const HELP = `voiceprint: are these recordings of one speaker? Nothing leaves this machine.

Two recordings
  voiceprint compare A B             exit status 0 accept, 1 reject, 2 inconclusive, 3 error
  voiceprint embed FILE...           prints embeddings; 0 all embedded, 2 some hold nothing to embed, 3 error

Enrolled speakers
  voiceprint enroll NAME FILE...     0 saved, 2 not saved: too little good speech (20 s or 3 recordings are enough), 3 error
  voiceprint verify NAME FILE        0 accept, 1 reject, 2 inconclusive, 3 error
  voiceprint identify FILE...        0 all are somebody of the gallery, 1 some are nobody, 2 some are inconclusive, 3 error
  voiceprint list
  voiceprint rename NAME NEW         these: 0 done, 3 error
  voiceprint remove NAME...
  voiceprint export OUT [NAME...]    the gallery, or these voiceprints, as a file that is not encrypted
  voiceprint import FILE             adds an exported file

Who spoke when
  voiceprint diarize FILE            turns and speakers of one recording, at most an hour of speech; 0 told apart, 2 no speech, 3 error

From the microphone
  voiceprint record FILE             10 s as WAV, or until Ctrl-C; 0 good, 2 not good enough to judge, 3 error. Needs arecord, rec (SoX)
      or ffmpeg on the PATH

Measuring
  voiceprint eval LIST... --out DIR  runs trial lists ('1 A B' or '0 A B' per line; a folder holds .txt lists) and measures the
      errors. Writes into DIR scores and LLRs of each list ('label score enroll test'), report.json, and embeddings.jsonl, with
      which the same command goes on after a stop.

  --json             one JSON object on stdout, also for errors: {"error":{"code","message"}}. Of several recordings, embed and identify tell
                     those that cannot be used as {"file","error"}, go on with the others, and exit with 3
  --model MODEL      small (default), base (larger, fewer errors in noise: npm install voiceprint-wasm-base), or your own: the folder or URL of
                     manifest.json with its ONNX file
  --far RATE         highest acceptable false-alarm rate of one comparison, for example 0.01; default: the model's own choice
  --gallery FILE     default: $VOICEPRINT_GALLERY, or gallery.voiceprints in the current folder
  --passphrase-file FILE   encrypts and decrypts the gallery; or $VOICEPRINT_PASSPHRASE
  --extend, --replace      enroll: add to a voiceprint that is there, or put the new one in its place
  --seconds S, --utterances N   enroll: enough speech; default 20 and 3. record: --seconds is its length
  --device NAME      record: another microphone than the system's, as arecord or ffmpeg names it
  --top N            identify: candidates to print; default 5
  --on-conflict WHAT import: refuse (default), keep, replace or combine a voiceprint that is there
  --speakers N       diarize: how many there are, where it is known; default: as many as the evidence says. With --gallery, speakers who
                     are enrolled get their names
  --rttm             diarize: prints RTTM instead
  --reference FILE   diarize: RTTM of the truth, to measure the diarization error rate by
  --out DIR          where eval writes
  --audio-root DIR   what the paths in trial lists are relative to; default: the current folder
  --resamplings N    of the speakers, for 95 % intervals; default 1000, 0 leaves them out
  --help             this text
  --version          of the package, and of the model that is used with its SHA-256

Recordings: WAV; with ffmpeg on the PATH also FLAC, Ogg, MP3, MP4 and WebM; - is standard input. At least a few seconds of
one person speaking. In JSON, score is a cosine (-1 to 1), asNorm the same normalised by the model's cohort (or null), llr
the natural-log likelihood ratio by which threshold decides, probability that of one speaker at the model's prior (usually
0.5). A gallery is one file that several programs may use at once.
`;

const OPTIONS = {
  json: { type: 'boolean', default: false },
  model: { type: 'string' },
  far: { type: 'string' },
  gallery: { type: 'string' },
  'passphrase-file': { type: 'string' },
  top: { type: 'string' },
  extend: { type: 'boolean', default: false },
  replace: { type: 'boolean', default: false },
  seconds: { type: 'string' },
  utterances: { type: 'string' },
  'on-conflict': { type: 'string' },
  device: { type: 'string' },
  speakers: { type: 'string' },
  rttm: { type: 'boolean', default: false },
  reference: { type: 'string' },
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
  if (values.version) return printVersion(await loadOptions(values.model), values.json);
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
  if (command !== undefined && isGalleryCommand(command)) {
    return runGalleryCommand(command, files, values, await loadOptions(values.model));
  }
  if (command === 'diarize') return diarize(files, values, () => loadOptions(values.model));
  if (command === 'record') return record(files, values, await loadOptions(values.model));
  if (command === 'eval') return evaluateLists(files, values);
  throw usageError(command === undefined ? 'a command is missing' : `there is no command "${command}"`);
}

type Options = ReturnType<typeof readArguments>['values'];

async function compare(a: string, b: string, { json, model, far }: Options): Promise<number> {
  const options = far === undefined ? {} : { targetFalseAlarmRate: falseAlarmRate(far) };
  const voiceprint = await Voiceprint.load(await loadOptions(model));
  const [first, second] = [await recordingOf(a, [a, b]), await recordingOf(b, [a, b])];
  const comparison = await voiceprint.compare(first, second, options);
  const { score, asNorm, llr, probability, threshold, decision, quality, timing } = comparison;
  print(
    json
      ? JSON.stringify({ score, asNorm, llr, probability, threshold, decision, quality, timing })
      : describeComparison(comparison, a, b),
  );
  return EXIT[decision];
}

async function embed(files: readonly string[], { json, model }: Options): Promise<number> {
  const voiceprint = await Voiceprint.load(await loadOptions(model));
  const { recordings, status } = await batch(files, json, async (file) => {
    const { vector, quality } = await voiceprint.embed(await recordingOf(file, files));
    if (!json) print(describeEmbedding(file, vector, quality));
    const told = { file, vector: vector && Array.from(vector), quality };
    return [told, vector === null ? EXIT.inconclusive : EXIT.accept];
  });
  if (json) print(JSON.stringify({ modelSha256: voiceprint.model.sha256, recordings }));
  return status;
}

async function evaluateLists(places: readonly string[], options: Options): Promise<number> {
  const { json, out, model, resamplings = '1000', 'audio-root': audioRoot = '.' } = options;
  if (places.length === 0) throw usageError('eval takes at least one trial list');
  if (out === undefined) throw usageError('eval needs --out, the folder for its report');
  if (!/^\d{1,6}$/.test(resamplings)) throw usageError(`--resamplings must be a whole number, not "${resamplings}"`);
  const load = await loadOptions(model);
  const voiceprint = await Voiceprint.load(load);
  const maker = await embeddingMaker(voiceprint, load);
  const report = await evaluate(voiceprint, maker, places, { audioRoot, out, resamplings: Number(resamplings) });
  print(json ? JSON.stringify(report) : describeResults(report.lists));
  return EXIT.accept;
}

async function printVersion(options: LoadOptions, json: boolean): Promise<number> {
  const version = packageVersion();
  const { name, version: modelVersion, sha256 } = (await Voiceprint.load(options)).model;
  print(
    json
      ? JSON.stringify({ version, model: { name, version: modelVersion, sha256 } })
      : `voiceprint-wasm ${version}\n${name} ${modelVersion} ${sha256}`,
  );
  return 0;
}

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error));
  }
}

const argv = process.argv.slice(2);
guardOutput();
try {
  process.exitCode = await main(argv);
} catch (error) {
  const known = asVoiceprintError(error);
  const { code, message } = known;
  if (argv.includes('--json')) print(JSON.stringify({ error: { code, message } }));
  else printError(known);
  process.exitCode = EXIT.error;
}
