// Small parts against slow oracles: what pictures are made of, the sniffing of containers, the queue.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { sniffContainer } from '../../npm/dist/audio/container.js';
import { Extremes } from '../../npm/dist/audio/extremes.js';
import { MeanRows } from '../../npm/dist/audio/mean-rows.js';
import { CoreGallery } from '../../npm/dist/core/gallery.js';
import { Core } from '../../npm/dist/core/module.js';
import { coreError, reviveError, serialiseError, VoiceprintError } from '../../npm/dist/error.js';
import { SerialQueue } from '../../npm/dist/worker/serial-queue.js';
import { noise } from './support.mjs';

describe('pictures of unknown length', () => {
  for (const [most, count, first] of [[8, 5, 1], [8, 8, 1], [8, 9, 1], [7, 50, 1], [1, 3, 1], [10, 1000, 1], [10, 95, 10], [5, 100, 3]]) {
    it(`${count} values in at most ${most} parts, beginning with ${first} in each`, () => {
      const values = noise(count, 1, 7);
      const rows = new MeanRows(2, most, first);
      for (const value of values) rows.push(Float32Array.of(value, 2 * value));
      const extremes = new Extremes(most, first);
      for (let at = 0; at < count; at += 7) extremes.push(values.subarray(at, at + 7));

      let perPart = first;
      while (Math.ceil(count / perPart) > most) perPart *= 2;
      const parts = Array.from({ length: Math.ceil(count / perPart) }, (_, i) => values.slice(i * perPart, (i + 1) * perPart));
      assert.deepEqual([...extremes.finish()], parts.flatMap((part) => [Math.min(...part), Math.max(...part)]));
      const means = parts.map((part) => part.reduce((sum, value) => sum + value, 0) / part.length).flatMap((mean) => [mean, 2 * mean]);
      assert.equal(rows.finish().length, means.length);
      rows.finish().forEach((value, i) => assert.ok(Math.abs(value - means[i]) < 1e-6));
    });
  }
});

describe('the search of a gallery in WebAssembly', async () => {
  const core = await Core.instantiate(readFileSync(new URL('../../npm/dist/voiceprint.wasm', import.meta.url)));
  // Fewer rows than are read at once, numbers that these do not divide, several blocks.
  for (const [size, dimension] of [[1, 16], [2, 192], [5, 5], [1026, 192], [2051, 40]]) {
    for (const precision of ['float32', 'int8']) {
      it(`of ${size} x ${dimension} as ${precision} finds those that scoring everything finds`, () => {
        const vectors = Array.from({ length: size }, (_, i) => noise(dimension, 1, i + 1));
        const probe = noise(dimension, 1, 0);
        const gallery = CoreGallery.create(core, { sha256: '00'.repeat(32), name: 'test' }, dimension, precision);
        vectors.forEach((vector, i) => {
          gallery.add(String(i).padStart(5, '0'), { vector, addedMs: 1, netSpeechS: 9, snrDb: 30, bandwidthHz: 7500, isAdapted: false });
        });
        const dot = (a, b) => a.reduce((sum, value, k) => sum + value * b[k], 0);
        const all = gallery.search(probe, size); // each candidate is scored exactly
        assert.equal(new Set(all.map(({ index }) => index)).size, size);
        for (const { index, score } of all) {
          const cosine = dot(vectors[index], probe) / Math.sqrt(dot(vectors[index], vectors[index]) * dot(probe, probe));
          assert.ok(Math.abs(score - cosine) < (precision === 'int8' ? 0.02 : 1e-6), `${score} for ${cosine}`);
        }
        assert.deepEqual(gallery.search(probe, 3), all.slice(0, 3));
        gallery.dispose();
      });
    }
  }
});

describe('sniffContainer', () => {
  const bytes = (...parts) => Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...part].map((c) => c.charCodeAt(0)) : part)));
  const zeros = (count) => new Array(count).fill(0);

  it('knows the usual files', () => {
    assert.equal(sniffContainer(bytes('RIFF', zeros(4), 'WAVE')).container, 'wav');
    assert.equal(sniffContainer(bytes('RF64', zeros(4), 'WAVE')).container, 'wav');
    assert.equal(sniffContainer(bytes('FORM', zeros(4), 'AIFF')).container, 'aiff');
    assert.equal(sniffContainer(bytes(zeros(4), 'ftypM4A ')).container, 'mp4');
    assert.equal(sniffContainer(bytes([0x1a, 0x45, 0xdf, 0xa3])).container, 'webm');
    assert.equal(sniffContainer(bytes('caff')).container, 'caf');
  });

  it('reads rate and length of FLAC', () => {
    // STREAMINFO of a 44.1 kHz, 2-channel, 16-bit file of 5,000,000,000 samples (36 bits).
    const head = bytes('fLaC', [0, 0, 0, 34], zeros(10), [0x0a, 0xc4, 0x42, 0xf1, 0x2a, 0x05, 0xf2, 0x00]);
    assert.deepEqual(sniffContainer(head), { container: 'flac', sampleRateHz: 44100, numFrames: 5_000_000_000 });
  });

  it('reads the rate of Opus, Vorbis, MP3 and AAC', () => {
    const page = (...packet) => bytes('OggS', zeros(22), [1, 30], ...packet);
    assert.equal(sniffContainer(page('OpusHead', zeros(8))).sampleRateHz, 48000);
    assert.equal(sniffContainer(page([1], 'vorbis', zeros(4), [1], [0x44, 0xac, 0, 0])).sampleRateHz, 44100);
    assert.equal(sniffContainer(bytes([0xff, 0xfb, 0x90, 0x00])).sampleRateHz, 44100); // MPEG-1 layer 3
    assert.equal(sniffContainer(bytes([0xff, 0xf3, 0x84, 0x00])).sampleRateHz, 24000); // MPEG-2 layer 3
    assert.equal(sniffContainer(bytes([0xff, 0xe3, 0x18, 0x00])).sampleRateHz, 8000); // MPEG-2.5 layer 3
    assert.equal(sniffContainer(bytes([0xff, 0xf1, 0x50, 0x80])).sampleRateHz, 44100); // ADTS
    assert.equal(sniffContainer(bytes('ID3', [4, 0, 0, 0, 0, 0, 3], zeros(3), [0xff, 0xfb, 0x94, 0x00])).sampleRateHz, 48000);
  });

  it('knows nothing else', () => {
    for (const head of ['', 'RIFF', 'RIFF0000AVI ', '<!doctype html>', 'PK\x03\x04', 'FORM0000ILBM', '\xff\xfe<\0']) assert.equal(sniffContainer(bytes(head)), null, head);
    assert.deepEqual(sniffContainer(bytes('fLaC')), { container: 'flac', sampleRateHz: null, numFrames: null });
  });
});

describe('errors', () => {
  it('keep code, message and cause between worker and page', () => {
    const error = new VoiceprintError('model_corrupt', 'It broke.', { cause: new Error('why') });
    const revived = reviveError(structuredClone(serialiseError(error)));
    assert.deepEqual([revived.code, revived.message, revived.cause], ['model_corrupt', 'It broke.', 'Error: why']);
  });

  it('of the core are numbered as in the C ABI', () => {
    const codes = ['invalid_argument', 'unsupported_format', 'corrupt_data', 'truncated', 'empty_audio', 'non_finite_sample', 'too_short', 'io', 'out_of_memory', 'undefined_value'];
    codes.forEach((code, i) => assert.equal(coreError(i + 1, 'text').code, code));
    assert.equal(coreError(1, 'a clause').message, 'A clause.');
    assert.equal(coreError(99, 'text').code, 'internal');
  });

  it('that nobody foresaw are faults of ours, and exhausted memory is told apart', () => {
    assert.equal(serialiseError(new TypeError('x is undefined')).code, 'internal');
    assert.equal(serialiseError('text').code, 'internal');
    assert.equal(serialiseError(new WebAssembly.RuntimeError('unreachable')).code, 'out_of_memory');
    assert.equal(serialiseError(new RangeError('Array buffer allocation failed')).code, 'out_of_memory');
  });
});

describe('SerialQueue', () => {
  it('goes on after a failure', async () => {
    const queue = new SerialQueue();
    const failing = queue.run(async () => {
      throw new Error('first');
    });
    const next = queue.run(async () => 'second');
    await assert.rejects(failing, /first/);
    assert.equal(await next, 'second');
  });

  it('never starts a task that was aborted while it waited', async () => {
    const queue = new SerialQueue();
    const abort = new AbortController();
    let started = false;
    const first = queue.run(() => new Promise((resolve) => setTimeout(resolve, 20)));
    const second = queue.run(async () => {
      started = true;
    }, abort.signal);
    abort.abort();
    await assert.rejects(second, { code: 'aborted' });
    await first;
    await queue.run(async () => {});
    assert.equal(started, false);
  });
});
