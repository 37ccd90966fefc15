/** `voiceprint record`: the microphone into a WAV file, and whether the recording is good enough. */
import { VoiceprintError } from '../error.js';
import { type LoadOptions, Voiceprint } from '../index.node.js';
import { describeQuality } from './describe.js';
import { listen, RATE_HZ } from './microphone.js';
import { EXIT, print, usageError } from './usage.js';
import { writeWhole } from './write-file.js';

const DEFAULT_SECONDS = 10;
const MAX_SECONDS = 3600;
const BYTES_PER_SAMPLE = 2;

export interface RecordArguments {
  readonly json: boolean;
  readonly seconds?: string | undefined;
  readonly device?: string | undefined;
}

/** Gives the exit status: 0 where the recording is good, 2 where it is not good enough to judge. */
export async function record(files: readonly string[], values: RecordArguments, load: LoadOptions): Promise<number> {
  const [file, ...more] = files;
  if (file === undefined || more.length > 0) throw usageError('record takes one file, or - for standard output');
  if (file === '-' && values.json)
    throw usageError('record cannot write both a recording and --json to standard output');
  const seconds = values.seconds === undefined ? DEFAULT_SECONDS : Number(values.seconds);
  if (!(seconds > 0 && seconds <= MAX_SECONDS))
    throw usageError(`--seconds must be above 0 and at most ${MAX_SECONDS}`);

  const { samples, lost } = await recordSamples(values.device ?? null, seconds);
  const wav = wavFile(samples);
  if (file === '-') process.stdout.write(wav);
  else await writeWhole(file, wav);
  if (lost !== null) {
    const recordedS = samples.length / BYTES_PER_SAMPLE / RATE_HZ;
    const message = `${lost.message} The ${recordedS.toFixed(1)} s before are in ${file === '-' ? 'the output' : file}.`;
    throw new VoiceprintError(lost.code, message, { cause: lost });
  }

  const voiceprint = await Voiceprint.load(load);
  const { quality } = await voiceprint.analyze(wav, { maxFrames: 0, numPeaks: 0 });
  if (values.json) print(JSON.stringify({ file, quality }));
  else if (file !== '-') print(describeQuality(file, quality));
  return quality.ok ? EXIT.accept : EXIT.inconclusive;
}

interface Recorded {
  readonly samples: Buffer;
  /** Why it ended early, where neither time nor user ended it. */
  readonly lost: VoiceprintError | null;
}

/** For so long, or until the user interrupts or the microphone is lost: what there is by then is kept. */
async function recordSamples(device: string | null, seconds: number): Promise<Recorded> {
  const wanted = Math.round(seconds * RATE_HZ) * BYTES_PER_SAMPLE;
  const stopped = new AbortController();
  const stop = () => stopped.abort();
  process.once('SIGINT', stop);
  const pieces: Buffer[] = [];
  let numBytes = 0;
  let lost: VoiceprintError | null = null;
  try {
    for await (const piece of listen(device, stopped.signal)) {
      pieces.push(piece);
      numBytes += piece.length;
      showLevel(piece, numBytes / BYTES_PER_SAMPLE / RATE_HZ, seconds);
      if (numBytes >= wanted) break;
    }
  } catch (error) {
    if (!(error instanceof VoiceprintError) || error.code !== 'microphone_lost') throw error;
    lost = error;
  } finally {
    process.removeListener('SIGINT', stop);
    if (process.stderr.isTTY) process.stderr.write('\n');
  }
  const whole = Math.min(wanted, numBytes - (numBytes % BYTES_PER_SAMPLE));
  if (whole === 0) throw new VoiceprintError('empty_audio', 'The recording was stopped before the first sample.');
  return { samples: Buffer.concat(pieces).subarray(0, whole), lost };
}

/** On a terminal: how long it is, and a bar from -60 to 0 dBFS. */
function showLevel(piece: Buffer, recordedS: number, seconds: number): void {
  if (!process.stderr.isTTY) return;
  let peak = 1;
  for (let at = 0; at + 1 < piece.length; at += BYTES_PER_SAMPLE)
    peak = Math.max(peak, Math.abs(piece.readInt16LE(at)));
  const cells = Math.max(0, Math.round(20 + Math.log10(peak / 32768) * (20 / 3)));
  const bar = '#'.repeat(cells).padEnd(20, '.');
  process.stderr.write(`\rrecording ${recordedS.toFixed(1)}/${seconds} s [${bar}] Ctrl-C ends it `);
}

/** 16-bit mono (RIFF, WAVE). */
function wavFile(samples: Buffer): Uint8Array<ArrayBuffer> {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + samples.length, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(1, 22); // channel
  header.writeUInt32LE(RATE_HZ, 24);
  header.writeUInt32LE(RATE_HZ * BYTES_PER_SAMPLE, 28);
  header.writeUInt16LE(BYTES_PER_SAMPLE, 32);
  header.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(samples.length, 40);
  return new Uint8Array(Buffer.concat([header, samples]));
}
