/** Decoding in Node with the `ffmpeg` on the PATH, as a stream. WAV never comes here. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { VoiceprintError } from '../error.js';
import type { ByteSource } from './byte-source.js';
import { HEAD_BYTES, sniffContainer } from './container.js';
import type { PcmStream } from './pcm-stream.js';

const COPY_BYTES = 1 << 20;

/** At the file's own rate, channels averaged. Throws `unsupported_format`, `corrupt_data` or `truncated`. REQUIRES: ffmpeg is there. */
export async function decodeWithFfmpeg(source: ByteSource): Promise<PcmStream> {
  const file = source.path === undefined ? await copyToDisk(source) : { path: source.path, remove: async () => {} };
  const head = await source.read(0, HEAD_BYTES);
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
      ...(holdsOpus(head) && (await hasReferenceOpus()) ? ['-c:a', 'libopus', '-request_sample_fmt', 'flt'] : []),
      '-i',
      `file:${file.path}`,
      '-map',
      '0:a:0',
      '-c:a',
      'pcm_f32be',
      '-f',
      'au',
      'pipe:1',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let complaint = '';
  ffmpeg.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, 500);
  });
  const exit = once(ffmpeg, 'close').then(([code]) => code as number | null);
  const close = async () => {
    ffmpeg.stdout.destroy(); // unread output would keep the process from closing
    ffmpeg.kill();
    await exit;
    await file.remove();
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

/** Some containers keep their index at the end, so a pipe will not do. */
async function copyToDisk(source: ByteSource): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'voiceprint-'));
  const path = join(folder, 'recording');
  const file = await open(path, 'w');
  for (let offset = 0; offset < source.size; offset += COPY_BYTES) {
    await file.write(await source.read(offset, COPY_BYTES));
  }
  await file.close();
  return { path, remove: () => rm(folder, { recursive: true }) };
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
