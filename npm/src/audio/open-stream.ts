/** From any source to a stream of mono samples at the recording's own rate. */
import type { Core } from '../core/module.js';
import { VoiceprintError } from '../error.js';
import type { EnginePlatform } from '../platform/platform.js';
import { type ByteSource, blobSource, memorySource } from './byte-source.js';
import { HEAD_BYTES, sniffContainer } from './container.js';
import { type PcmStream, pcmStream } from './pcm-stream.js';
import type { AudioSource } from './source.js';
import { wavStream } from './wav-stream.js';

/** Throws `unsupported_format`, `corrupt_data`, `truncated`, `empty_audio` or `io`. Close the stream in any case. */
export async function openStream(source: AudioSource, core: Core, platform: EnginePlatform): Promise<PcmStream> {
  if (source.kind === 'pcm') return pcmStream(source.samples, source.sampleRateHz);
  const bytes = await openBytes(source, platform);
  try {
    const { container } = await identify(bytes);
    return container === 'wav' ? await wavStream(bytes, core) : await platform.decode(bytes);
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

/** Throws `empty_audio` for no bytes and `unsupported_format` for bytes that are no audio file. */
export async function identify(bytes: ByteSource) {
  if (bytes.size === 0) throw new VoiceprintError('empty_audio', 'The recording is empty: 0 bytes.');
  const info = sniffContainer(await bytes.read(0, HEAD_BYTES));
  if (info === null) {
    throw new VoiceprintError(
      'unsupported_format',
      'This is no audio file that is read here, whatever its name says: use WAV, FLAC, Ogg, MP3 or MP4.',
    );
  }
  return info;
}

async function openBytes(source: Exclude<AudioSource, { kind: 'pcm' }>, platform: EnginePlatform): Promise<ByteSource> {
  switch (source.kind) {
    case 'bytes':
      return memorySource(source.bytes);
    case 'blob':
      return blobSource(source.blob);
    case 'path':
      return platform.openFile(source.path);
  }
}
