/** Decoding in Node: by ffmpeg where it is on the PATH, else by decoders that the user has installed beside this package. WAV never comes here. */
import { execFile } from 'node:child_process';
import { VoiceprintError } from '../error.js';
import type { ByteSource } from './byte-source.js';
import { HEAD_BYTES, sniffContainer } from './container.js';
import { decodeWithFfmpeg } from './ffmpeg.js';
import { type PcmStream, pcmStream } from './pcm-stream.js';

/** The decoders hold a file and its samples whole. */
const MAX_BYTES = 64 << 20;

interface Decoded {
  readonly channelData: readonly Float32Array[];
  readonly samplesDecoded: number;
  readonly sampleRate: number;
  readonly errors: readonly { readonly message: string }[];
}

/** As all of them are: WebAssembly builds of the codecs' reference decoders, MIT. */
interface Decoder {
  readonly ready: Promise<void>;
  free(): void;
  decode(bytes: Uint8Array): Decoded | Promise<Decoded>;
  decodeFile?(bytes: Uint8Array): Promise<Decoded>;
}

interface DecoderPackage {
  readonly name: string;
  load(): Promise<Decoder>;
}

// Build tools that bundle for Node leave these imports as they are: most users have not installed the packages.
/** Opus by libopus at 48 kHz, as browsers and the trainer decode it: scores then agree. */
const OPUS: DecoderPackage = {
  name: 'ogg-opus-decoder',
  load: async () => new (await import(/* webpackIgnore: true */ 'ogg-opus-decoder')).OggOpusDecoder(),
};
const VORBIS: DecoderPackage = {
  name: '@wasm-audio-decoders/ogg-vorbis',
  load: async () => new (await import(/* webpackIgnore: true */ '@wasm-audio-decoders/ogg-vorbis')).OggVorbisDecoder(),
};
const FLAC: DecoderPackage = {
  name: '@wasm-audio-decoders/flac',
  load: async () => new (await import(/* webpackIgnore: true */ '@wasm-audio-decoders/flac')).FLACDecoder(),
};
const MPEG: DecoderPackage = {
  name: 'mpg123-decoder',
  load: async () => new (await import(/* webpackIgnore: true */ 'mpg123-decoder')).MPEGDecoder(),
};

/** At the file's own rate, channels averaged. Throws `unsupported_format` with the cure, `corrupt_data` or `truncated`. Closes the source. */
export async function decodeInNode(source: ByteSource): Promise<PcmStream> {
  if (await hasFfmpeg()) return decodeWithFfmpeg(source);
  try {
    return await decodeWithPackage(source);
  } finally {
    await source.close();
  }
}

export async function decodeWithPackage(source: ByteSource): Promise<PcmStream> {
  const head = await source.read(0, HEAD_BYTES);
  const wanted = packageFor(head);
  const decoder = wanted && source.size <= MAX_BYTES ? await loadIfInstalled(wanted) : null;
  if (decoder === null) {
    const cure = wanted && source.size <= MAX_BYTES ? `ffmpeg or the package ${wanted.name}` : 'ffmpeg';
    throw new VoiceprintError(
      'unsupported_format',
      `Without ffmpeg on the PATH this file is not read: install ${cure}, or convert the file to WAV.`,
    );
  }
  try {
    await decoder.ready;
    const bytes = await source.read(0, source.size);
    const decoded = await (decoder.decodeFile ? decoder.decodeFile(bytes) : decoder.decode(bytes));
    return pcmStream(averageChannels(checked(decoded, sniffContainer(head)?.numFrames ?? null)), decoded.sampleRate);
  } finally {
    decoder.free();
  }
}

function packageFor(head: Uint8Array): DecoderPackage | null {
  switch (sniffContainer(head)?.container) {
    case 'flac':
      return FLAC;
    case 'mpeg':
      return MPEG;
    case 'ogg':
      return String.fromCharCode(...head).includes('OpusHead') ? OPUS : VORBIS;
    default:
      return null;
  }
}

async function loadIfInstalled({ load }: DecoderPackage): Promise<Decoder | null> {
  try {
    return await load();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  }
}

function checked(decoded: Decoded, promised: number | null): Decoded {
  const { errors, samplesDecoded } = decoded;
  if (promised !== null && samplesDecoded < promised) {
    throw new VoiceprintError(
      'truncated',
      `The file ends after ${samplesDecoded} of the ${promised} samples that its header promises.`,
    );
  }
  const [first] = errors;
  if (first) throw new VoiceprintError('corrupt_data', `The file is damaged: ${first.message}.`);
  if (samplesDecoded === 0)
    throw new VoiceprintError('unsupported_format', 'The file holds no audio that can be decoded.');
  return decoded;
}

/** In double, as everywhere. */
function averageChannels({ channelData, samplesDecoded }: Decoded): Float32Array {
  const mono = new Float32Array(samplesDecoded);
  for (let i = 0; i < mono.length; i++) {
    let sum = 0;
    for (const channel of channelData) sum += channel[i] ?? 0;
    mono[i] = sum / channelData.length;
  }
  return mono;
}

let ffmpegIsThere: Promise<boolean> | undefined;

function hasFfmpeg(): Promise<boolean> {
  ffmpegIsThere ??= new Promise((resolve) => {
    execFile('ffmpeg', ['-version'], (error) => resolve(!error));
  });
  return ffmpegIsThere;
}
