/** A WAV file as a stream of mono samples, through the core's reader. */
import type { Core } from '../core/module.js';
import { WavFormat } from '../core/wav.js';
import { VoiceprintError } from '../error.js';
import type { ByteSource } from './byte-source.js';
import { CHUNK_SAMPLES, type PcmStream } from './pcm-stream.js';

const FIRST_HEAD_BYTES = 1 << 16;
/** Metadata before the samples beyond this is refused. */
const MAX_HEAD_BYTES = 1 << 24;

export async function wavStream(source: ByteSource, core: Core): Promise<PcmStream> {
  const format = await readFormat(source, core);
  return {
    sampleRateHz: format.sampleRateHz,
    numSamples: format.numFrames,
    async *chunks() {
      for (let frame = 0; frame < format.numFrames; frame += CHUNK_SAMPLES) {
        const numBytes = Math.min(CHUNK_SAMPLES, format.numFrames - frame) * format.bytesPerFrame;
        const bytes = await source.read(format.dataOffset + frame * format.bytesPerFrame, numBytes);
        if (bytes.length < numBytes)
          throw new VoiceprintError('truncated', 'The file became shorter while it was read.');
        yield format.decode(bytes);
      }
    },
    close: () => source.close(),
  };
}

/** Reads more of the file's head as long as the header is cut by what was read, not by the file's end. */
async function readFormat(source: ByteSource, core: Core): Promise<WavFormat> {
  for (let headBytes = FIRST_HEAD_BYTES; ; headBytes *= 4) {
    const head = await source.read(0, headBytes);
    try {
      return WavFormat.parse(core, head, source.size);
    } catch (error) {
      const isCut = error instanceof VoiceprintError && error.code === 'truncated' && head.length < source.size;
      if (!isCut || headBytes >= MAX_HEAD_BYTES) throw error;
    }
  }
}
