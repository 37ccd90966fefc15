/** Decoding in Node with the `ffmpeg` on the PATH, as a stream. WAV never comes here. */
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { VoiceprintError } from '../error.js';
import { fileError } from '../store/file-error.js';
import type { ByteSource } from './byte-source.js';
import { HEAD_BYTES, sniffContainer } from './container.js';
import type { PcmStream } from './pcm-stream.js';

const COPY_BYTES = 1 << 20;
/** Where a process finds its open files by number; not on Windows. */
const OPEN_FILES = '/dev/fd';
/** The first number after standard input, output and error. */
const COPY_NUMBER = 3;

/** At the file's own rate, channels averaged. Throws `unsupported_format`, `corrupt_data` or `truncated`. REQUIRES: ffmpeg is there. */
export async function decodeWithFfmpeg(source: ByteSource): Promise<PcmStream> {
  const head = await source.read(0, HEAD_BYTES);
  const hasOpus = holdsOpus(head) && (await hasReferenceOpus());
  const copy = source.path === undefined ? await copyToDisk(source) : null;
  const promised = sniffContainer(head)?.numFrames ?? null;
  // AU is WAV without a length, which a pipe cannot go back to fill in.
  const ffmpeg = spawn(
    'ffmpeg',
    [
      '-v',
      'error',
      '-nostdin',
      '-xerror',
      '-protocol_whitelist',
      'file',
      ...(hasOpus ? ['-c:a', 'libopus', '-request_sample_fmt', 'flt'] : []),
      '-i',
      `file:${copy?.path ?? source.path}`,
      '-map',
      '0:a:0',
      '-c:a',
      'pcm_f32be',
      '-f',
      'au',
      'pipe:1',
    ],
    { stdio: ['ignore', 'pipe', 'pipe', copy?.file.fd ?? 'ignore'] },
  ) as ChildProcessByStdio<null, Readable, Readable>;
  let complaint = '';
  ffmpeg.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, 500);
  });
  const exit = once(ffmpeg, 'close').then(([code]) => code as number | null);
  const close = async () => {
    ffmpeg.stdout.destroy(); // unread output would keep the process from closing
    ffmpeg.kill();
    await exit;
    await copy?.remove();
    await source.close();
  };
  try {
    const pieces = new PieceReader(ffmpeg.stdout);
    const header = await pieces.exactly(24);
    if (header === null) {
      await exit;
      throw startError(complaint);
    }
    const view = new DataView(header.buffer, header.byteOffset);
    const sampleRateHz = view.getUint32(16);
    const numChannels = view.getUint32(20);
    await pieces.exactly(view.getUint32(4) - 24);
    return {
      sampleRateHz,
      numSamples: promised,
      async *chunks() {
        let numFrames = 0;
        for await (const bytes of pieces.wholes(4 * numChannels)) {
          const mono = averageChannels(bytes, numChannels);
          numFrames += mono.length;
          yield mono;
        }
        if ((await exit) !== 0)
          throw new VoiceprintError('corrupt_data', `The file is damaged: ${firstLine(complaint)}.`);
        if (promised !== null && numFrames < promised) {
          throw new VoiceprintError(
            'truncated',
            `The file ends after ${numFrames} of the ${promised} samples that its header promises.`,
          );
        }
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** In an Ogg page or a WebM track. */
function holdsOpus(head: Uint8Array): boolean {
  return /OpusHead|A_OPUS/.test(String.fromCharCode(...head));
}

let referenceOpus: Promise<boolean> | undefined;

/**
 * ffmpeg's own Opus decoder is free to fill what the codec left out in another way than the reference decoder does, which browsers and
 * the trainer use, and scores then differ in the third digit.
 */
function hasReferenceOpus(): Promise<boolean> {
  referenceOpus ??= new Promise((resolve) => {
    execFile('ffmpeg', ['-v', 'error', '-decoders'], (error, list) => resolve(!error && /\blibopus\b/.test(list)));
  });
  return referenceOpus;
}

function startError(complaint: string): VoiceprintError {
  return new VoiceprintError(
    'unsupported_format',
    `ffmpeg finds no audio that it can decode: ${firstLine(complaint)}.`,
  );
}

/** Without the decoder's name and address. */
function firstLine(complaint: string): string {
  const [line = ''] = complaint.split('\n');
  return line.replace(/^\[.*?\] */, '').trim() || 'it does not say why';
}

/** Interleaved big-endian floats to mono, averaged in double. */
function averageChannels(bytes: Uint8Array, numChannels: number): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const mono = new Float32Array(bytes.length / 4 / numChannels);
  for (let frame = 0, at = 0; frame < mono.length; frame++) {
    let sum = 0;
    for (let channel = 0; channel < numChannels; channel++, at += 4) sum += view.getFloat32(at);
    mono[frame] = sum / numChannels;
  }
  return mono;
}

/** Compressed bytes for ffmpeg, as it finds them. */
interface DiskCopy {
  readonly path: string;
  /** Open for reading, at its begin. */
  readonly file: FileHandle;
  remove(): Promise<void>;
}

/**
 * Some containers keep their index at the end, so a pipe will not do. The file loses its name before anything is written, so that nobody else reads
 * it, and nothing of it remains whenever this process ends; only Windows, where open files keep their names, removes it at the end.
 */
async function copyToDisk(source: ByteSource): Promise<DiskCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'voiceprint-')).catch((error) => {
    throw copyError(error);
  });
  const path = join(folder, 'recording');
  const opened: FileHandle[] = [];
  const remove = async () => {
    for (const file of opened) await file.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const writer = await open(path, 'wx', 0o600);
    opened.push(writer);
    const file = await open(path, 'r');
    opened.push(file);
    const isNameless = existsSync(OPEN_FILES);
    if (isNameless) await rm(folder, { recursive: true });
    for (let offset = 0; offset < source.size; offset += COPY_BYTES) {
      await writer.writeFile(await source.read(offset, COPY_BYTES));
    }
    return { path: isNameless ? `${OPEN_FILES}/${COPY_NUMBER}` : path, file, remove };
  } catch (error) {
    await remove();
    throw error instanceof VoiceprintError ? error : copyError(error);
  }
}

function copyError(error: unknown): VoiceprintError {
  return fileError(`A copy of the recording for ffmpeg could not be written in ${tmpdir()}`, error);
}

/** A pipe's bytes, cut where the reader wants them cut. */
class PieceReader {
  private rest = new Uint8Array();
  private readonly pieces: AsyncIterator<Uint8Array>;

  constructor(pipe: Readable) {
    this.pieces = pipe[Symbol.asyncIterator]();
  }

  /** Null if the pipe ends before. */
  async exactly(count: number): Promise<Uint8Array | null> {
    while (this.rest.length < count) {
      if (!(await this.more())) return null;
    }
    const bytes = this.rest.subarray(0, count);
    this.rest = this.rest.subarray(count);
    return bytes;
  }

  /** Everything up to the end, in multiples of `unit` bytes; a part of a unit at the end is dropped. */
  async *wholes(unit: number): AsyncGenerator<Uint8Array> {
    do {
      const bytes = await this.exactly(this.rest.length - (this.rest.length % unit));
      if (bytes && bytes.length > 0) yield bytes;
    } while (await this.more());
  }

  private async more(): Promise<boolean> {
    const next = await this.pieces.next();
    if (next.done) return false;
    const joined = new Uint8Array(this.rest.length + next.value.length);
    joined.set(this.rest);
    joined.set(next.value, this.rest.length);
    this.rest = joined;
    return true;
  }
}
