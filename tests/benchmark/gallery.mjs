// Identification at size: 10,000 voiceprints, and a million as int8 against what the machine's memory gives in the same run.
import { readFileSync } from 'node:fs';
import { CoreGallery } from '../../npm/dist/core/gallery.js';
import { Core } from '../../npm/dist/core/module.js';
import { bestCpuTime } from './clock.mjs';

const DIMENSION = 192;
const MANY = 10_000;
const MILLION = 1_000_000;
const ROUNDS = 15;

/** Seconds of a search, bytes that it reads per second, the same of copying, and the module's memory. */
export async function measureGallery() {
  const module = new Uint8Array(readFileSync(new URL('../../npm/dist/voiceprint.wasm', import.meta.url)));
  const searches = [];
  for (const [precision, count] of [['float32', MANY], ['int8', MANY], ['int8', MILLION]]) {
    const core = await Core.instantiate(module); // afresh: its memory never shrinks
    const gallery = fill(core, precision, count);
    const probe = vector(0);
    const seconds = bestCpuTime(ROUNDS, () => gallery.search(probe, 5));
    const bytes = count * DIMENSION * (precision === 'int8' ? 1 : 4);
    searches.push({ precision, count, seconds, bytesPerSecond: bytes / seconds, memoryBytes: core.c.memory.buffer.byteLength });
    gallery.dispose();
  }
  return { searches, copyBytesPerSecond: measureCopy() };
}

function fill(core, precision, count) {
  const gallery = CoreGallery.create(core, { sha256: '00'.repeat(32), name: 'benchmark' }, DIMENSION, precision);
  const vectors = Array.from({ length: 251 }, (_, i) => vector(i + 1));
  for (let i = 0; i < count; i++) {
    const name = `speaker ${String(i).padStart(7, '0')}`; // in order: appended
    gallery.add(name, { vector: vectors[i % vectors.length], addedMs: 1, netSpeechS: 9, snrDb: 30, bandwidthHz: 7500, isAdapted: false });
  }
  return gallery;
}

function vector(seed) {
  let state = seed + 1;
  return Float32Array.from({ length: DIMENSION }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32 - 0.5);
}

/** Memory's bandwidth: as many bytes as a million embeddings are read and written. */
function measureCopy() {
  const from = new Uint8Array(MILLION * DIMENSION).fill(1);
  const to = new Uint8Array(from.length);
  return (2 * from.length) / bestCpuTime(ROUNDS, () => to.set(from));
}

const gigabytes = (bytes) => `${(bytes / 1e9).toFixed(1)} GB/s`;

/** Rows of a table. */
export function galleryRows({ searches, copyBytesPerSecond }) {
  const verdict = ({ count, seconds, bytesPerSecond, memoryBytes }) => {
    if (count === MANY) return seconds < 1e-3 ? 'under 1 ms: met' : 'under 1 ms: **missed**';
    const isMet = bytesPerSecond >= copyBytesPerSecond / 2 && memoryBytes < 2 ** 30;
    return `within 2 x of memory, under 1 GiB: ${isMet ? 'met' : '**missed**'}`;
  };
  return [
    ...searches.map((search) => [
      `${search.count.toLocaleString('en-US')} x ${DIMENSION}, ${search.precision}`,
      `${(1000 * search.seconds).toFixed(2)} ms`,
      gigabytes(search.bytesPerSecond),
      `${(search.memoryBytes / 2 ** 20).toFixed(0)} MiB`,
      verdict(search),
    ]),
    ['memory: copying a million int8 embeddings, read and written', '', gigabytes(copyBytesPerSecond), '', ''],
  ];
}
