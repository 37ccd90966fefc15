// Small WAV files for the tests, written and read independently of the code under test.
import { readFile } from 'node:fs/promises';

/** 16-bit mono PCM of samples in [-1, 1]. */
export function wavFile(samples, sampleRateHz) {
  const data = Buffer.alloc(2 * samples.length);
  samples.forEach((sample, i) => data.writeInt16LE(Math.round(Math.max(-1, Math.min(1, sample)) * 32767), 2 * i));
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRateHz, 24);
  header.writeUInt32LE(2 * sampleRateHz, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

/** The samples of a mono mu-law WAV (the page's sample recordings), by the formula of ITU-T G.711. */
export async function readMuLaw(path) {
  const bytes = await readFile(path);
  const at = bytes.indexOf('data');
  const data = bytes.subarray(at + 8, at + 8 + bytes.readUInt32LE(at + 4));
  return Array.from(data, (byte) => {
    const code = ~byte & 0xff;
    const magnitude = ((((code & 0x0f) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84;
    return (code & 0x80 ? -magnitude : magnitude) / 32768;
  });
}

export const silence = (seconds, sampleRateHz = 16000) => new Array(Math.round(seconds * sampleRateHz)).fill(0);
