/** Decoding by the browser, at the file's own rate: its resamplers alias or droop, the core's does not. */
import { VoiceprintError } from '../error.js';
import type { ByteSource } from './byte-source.js';
import type { ContainerInfo } from './container.js';
import type { AudioSource } from './source.js';

/** Browsers decode a compressed file only whole, to many times its size. */
const MAX_COMPRESSED_BYTES = 64 << 20;
/** Where the file does not tell its rate: that of most video and of Opus. */
const USUAL_RATE_HZ = 48000;

/** Mono, channels averaged. Throws `unsupported_format`, `truncated` or `empty_audio`. */
export async function decodeInBrowser(
  bytes: ByteSource,
  { sampleRateHz, numFrames }: ContainerInfo,
): Promise<AudioSource> {
  if (typeof OfflineAudioContext === 'undefined') {
    throw new VoiceprintError('unsupported_format', 'Workers decode only WAV: call from the page, or convert to WAV.');
  }
  if (bytes.size > MAX_COMPRESSED_BYTES) {
    throw new VoiceprintError(
      'unsupported_format',
      'Browsers decode compressed files only up to 64 MiB here: use a shorter file, or WAV of any length.',
    );
  }
  const file = await bytes.read(0, bytes.size);
  const audio = await decode(file, sampleRateHz ?? USUAL_RATE_HZ);
  if (numFrames !== null && audio.length < numFrames) {
    throw new VoiceprintError(
      'truncated',
      `The file ends after ${audio.length} of the ${numFrames} samples that its header promises.`,
    );
  }
  if (audio.length === 0) throw new VoiceprintError('empty_audio', 'The file holds no sample.');
  return { kind: 'pcm', samples: averageChannels(audio), sampleRateHz: audio.sampleRate };
}

async function decode(file: Uint8Array<ArrayBuffer>, sampleRateHz: number): Promise<AudioBuffer> {
  try {
    const context = new OfflineAudioContext(1, 1, sampleRateHz);
    return await context.decodeAudioData(file.slice().buffer); // takes its argument away
  } catch (error) {
    throw new VoiceprintError(
      'unsupported_format',
      'This browser cannot decode the file, or the file is damaged: convert it to WAV.',
      { cause: error },
    );
  }
}

function averageChannels(audio: AudioBuffer): Float32Array<ArrayBuffer> {
  const channels = Array.from({ length: audio.numberOfChannels }, (_, i) => audio.getChannelData(i));
  const mono = new Float32Array(audio.length);
  for (let i = 0; i < mono.length; i++) {
    let sum = 0;
    for (const channel of channels) sum += channel[i] ?? 0;
    mono[i] = sum / channels.length;
  }
  return mono;
}
