/** What kind of audio file some bytes are, from their first bytes. Nothing unknown is ever handed to a decoder. */

export type Container = 'wav' | 'flac' | 'ogg' | 'mpeg' | 'mp4' | 'webm' | 'aiff' | 'caf';

export interface ContainerInfo {
  readonly container: Container;
  /** Null where the head does not tell. */
  readonly sampleRateHz: number | null;
  readonly numFrames: number | null;
}

/** Bytes of the head that are looked at. */
export const HEAD_BYTES = 4096;

/** Null for anything that is no known audio file. */
export function sniffContainer(head: Uint8Array): ContainerInfo | null {
  const text = (offset: number, length: number) => String.fromCharCode(...head.subarray(offset, offset + length));
  const known = (container: Container, sampleRateHz: number | null = null, numFrames: number | null = null) => ({
    container,
    sampleRateHz,
    numFrames,
  });
  const magic = text(0, 4);
  if ((magic === 'RIFF' || magic === 'RF64') && text(8, 4) === 'WAVE') return known('wav');
  if (magic === 'fLaC') return known('flac', ...flacLength(head));
  if (magic === 'OggS') return known('ogg', oggRate(head));
  if (magic === 'FORM' && /^AIF[FC]$/.test(text(8, 4))) return known('aiff');
  if (magic === 'caff') return known('caf');
  if (text(4, 4) === 'ftyp') return known('mp4');
  if (magic === '\x1aE\xdf\xa3') return known('webm');
  if (magic.startsWith('ID3')) return known('mpeg', mpegRate(head, 10 + id3Length(head)));
  const rate = mpegRate(head, 0);
  return rate === null ? null : known('mpeg', rate);
}

/** Sample rate and frames from STREAMINFO, which is always first (FLAC format, section 8.2). */
function flacLength(head: Uint8Array): [number | null, number | null] {
  if (head.length < 26) return [null, null];
  const view = viewOf(head);
  const sampleRateHz = view.getUint32(18) >>> 12;
  const numFrames = (view.getUint8(21) & 15) * 2 ** 32 + view.getUint32(22);
  return [sampleRateHz || null, numFrames || null]; // 0 frames: unknown
}

/** Opus is always decoded at 48 kHz; a Vorbis identification header names its rate. */
function oggRate(head: Uint8Array): number | null {
  const packet = 27 + (head[26] ?? 0);
  const codec = String.fromCharCode(...head.subarray(packet, packet + 8));
  if (codec === 'OpusHead') return 48000;
  if (codec.startsWith('\x01vorbis') && head.length >= packet + 16)
    return viewOf(head).getUint32(packet + 12, true) || null;
  return null;
}

function id3Length(head: Uint8Array): number {
  const size = [6, 7, 8, 9].reduce((length, at) => (length << 7) | ((head[at] ?? 0) & 127), 0);
  return (head[5] ?? 0) & 16 ? size + 10 : size;
}

/** Of the MPEG audio (or ADTS) frame at `offset`; null if there is none. */
function mpegRate(head: Uint8Array, offset: number): number | null {
  const [sync = 0, version = 0, rates = 0] = head.subarray(offset, offset + 3);
  if (sync !== 0xff || (version & 0xe0) !== 0xe0) return null;
  if ((version & 0xf6) === 0xf0) {
    const adts = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];
    return adts[(rates >> 2) & 15] ?? null;
  }
  const layer = (version >> 1) & 3;
  const divisor = [4, null, 2, 1][(version >> 3) & 3];
  const rate = [44100, 48000, 32000][(rates >> 2) & 3];
  return layer === 0 || rates >> 4 === 15 || !divisor || !rate ? null : rate / divisor;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
