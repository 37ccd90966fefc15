// Recordings that are not 16-bit mono WAV: every WAV encoding through the core, everything else through ffmpeg or decoder packages.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Voiceprint } from '../../npm/dist/index.node.js';
import { memorySource } from '../../npm/dist/audio/byte-source.js';
import { decodeWithFfmpeg } from '../../npm/dist/audio/ffmpeg.js';
import { decodeWithPackage } from '../../npm/dist/audio/node-decoder.js';
import { dist, rejectsWith, speechFile, temporaryFolder } from './support.mjs';

const skip = spawnSync('ffmpeg', ['-version']).status === 0 ? false : 'no ffmpeg on the PATH';
const folder = temporaryFolder();
const make = (name, ...args) => {
  const path = join(folder, name);
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', speechFile, ...args, path]);
  return path;
};
const truncated = (path, share) => {
  const bytes = readFileSync(path);
  const cut = join(folder, `cut-${share}-${path.split('/').at(-1)}`);
  writeFileSync(cut, bytes.subarray(0, bytes.length * share));
  return cut;
};

let voiceprint;
let reference;
const cosine = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
async function assertLike(recording, least) {
  const { vector, quality } = await voiceprint.embed(recording);
  assert.ok(Math.abs(quality.durationS - reference.quality.durationS) < 0.1, `${quality.durationS} s`);
  assert.ok(cosine(vector, reference.vector) >= least, `cosine ${cosine(vector, reference.vector)}`);
}

before(async () => {
  process.env.TMPDIR = folder; // of the worker: whatever it leaves behind would lie here
  voiceprint = await Voiceprint.load();
  reference = await voiceprint.embed(speechFile);
});
after(() => voiceprint.dispose());

describe('WAV', () => {
  // Lossless up to rounding.
  for (const codec of ['pcm_s16le', 'pcm_s24le', 'pcm_s32le', 'pcm_f32le', 'pcm_f64le'])
    it(codec, { skip }, () => assertLike(make(`${codec}.wav`, '-c:a', codec), 1 - 1e-6));
  // With audible noise: read as ffmpeg reads it.
  for (const codec of ['pcm_u8', 'pcm_alaw', 'pcm_mulaw']) {
    it(codec, { skip }, async () => {
      const encoded = make(`${codec}.wav`, '-c:a', codec), decoded = join(folder, `${codec}-as-16-bit.wav`);
      execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', encoded, '-c:a', 'pcm_s16le', decoded]);
      const [ours, theirs] = [await voiceprint.embed(encoded), await voiceprint.embed(decoded)];
      assert.ok(cosine(ours.vector, theirs.vector) >= 1 - 1e-6, `cosine ${cosine(ours.vector, theirs.vector)}`);
      assert.ok(cosine(ours.vector, reference.vector) < 1 - 1e-6, 'the noise is there');
    });
  }

  it('stereo, 44.1 kHz', { skip }, () => assertLike(make('stereo.wav', '-ac', '2', '-ar', '44100'), 0.995));
  it('six channels, which makes the header extensible', { skip }, () => assertLike(make('six.wav', '-filter_complex', 'amerge=inputs=1,pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0'), 0.999));
  it('with 200 kB of metadata before the samples', async () => {
    const wav = readFileSync(speechFile);
    const list = Buffer.alloc(8 + 200_000);
    list.write('LIST', 0, 'latin1');
    list.writeUInt32LE(200_000, 4);
    const bytes = Buffer.concat([wav.subarray(0, 12), list, wav.subarray(12)]);
    bytes.writeUInt32LE(bytes.length - 8, 4);
    assert.deepEqual((await voiceprint.embed(bytes)).vector, reference.vector);
  });
});

describe('other formats, with ffmpeg', () => {
  for (const [file, least, ...args] of [
    ['mono.flac', 1 - 1e-6],
    ['mono.aiff', 1 - 1e-6],
    ['stereo.flac', 0.995, '-ac', '2', '-ar', '48000'],
    ['vorbis.ogg', 0.97, '-c:a', 'libvorbis'],
    ['opus.ogg', 0.97, '-c:a', 'libopus'],
    ['mp3.mp3', 0.95, '-b:a', '160k'],
    ['aac.m4a', 0.95],
    ['opus.webm', 0.97, '-c:a', 'libopus'],
  ]) {
    it(file, { skip }, async () => {
      const path = make(file, ...args);
      await assertLike(path, least);
      const bytes = readFileSync(path);
      const fromPath = (await voiceprint.embed(path)).vector;
      assert.deepEqual((await voiceprint.embed(bytes)).vector, fromPath);
      assert.deepEqual((await voiceprint.embed(new Blob([bytes]))).vector, fromPath);
    });
  }

  it('a truncated FLAC is refused, wherever it is cut', { skip }, async () => {
    const flac = make('whole.flac');
    for (const share of [0.2, 0.5, 0.9, 0.99]) {
      await assert.rejects(voiceprint.embed(truncated(flac, share)), ({ code }) => code === 'truncated' || code === 'corrupt_data');
    }
  });

  it('a truncated MP4 is refused', { skip }, () => rejectsWith(voiceprint.embed(truncated(make('whole.m4a'), 0.5)), 'unsupported_format'));

  it('a file with an odd name', { skip }, async () => {
    const path = join(folder, 'a b:c?é|"\'.flac');
    writeFileSync(path, readFileSync(make('named.flac')));
    await assertLike(path, 1 - 1e-6);
  });

  it('can be aborted, and leaves no temporary file', { skip }, async () => {
    const long = readFileSync(make('long.flac', '-filter_complex', 'aloop=loop=60:size=51200'));
    const abort = new AbortController();
    await rejectsWith(voiceprint.embed(long, { signal: abort.signal, onProgress: () => abort.abort() }), 'aborted');
    await voiceprint.embed(speechFile);
    assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith('voiceprint-')), []);
  });
});

describe('other formats, with decoder packages', () => {
  const samplesOf = async (stream) => {
    const pieces = [];
    for await (const piece of stream.chunks()) pieces.push(...piece);
    await stream.close();
    return { samples: Float32Array.from(pieces), sampleRateHz: stream.sampleRateHz };
  };
  const open = (path) => memorySource(new Uint8Array(readFileSync(path)));

  // Opus by the same libopus: embeddings agree as those of WAV do. Vorbis and MP3 decoders may round differently.
  for (const [file, least, ...args] of [
    ['p.flac', 1 - 1e-6],
    ['p-stereo.flac', 1 - 1e-6, '-ac', '2', '-ar', '48000'],
    ['p-opus.ogg', 1 - 1e-6, '-c:a', 'libopus'],
    ['p-vorbis.ogg', 1 - 1e-5, '-c:a', 'libvorbis'],
    ['p.mp3', 0.999, '-b:a', '160k'],
  ]) {
    it(`${file} sounds as with ffmpeg`, { skip }, async () => {
      const path = make(file, ...args);
      const [own, other] = [await samplesOf(await decodeWithPackage(open(path))), await samplesOf(await decodeWithFfmpeg(open(path)))];
      assert.equal(own.sampleRateHz, other.sampleRateHz);
      assert.ok(Math.abs(own.samples.length - other.samples.length) <= 0.1 * own.sampleRateHz, `${own.samples.length} ${other.samples.length}`);
      const [a, b] = [await voiceprint.embed(own), await voiceprint.embed(other)];
      assert.ok(cosine(a.vector, b.vector) >= least, `cosine ${cosine(a.vector, b.vector)}`);
    });
  }

  it('a truncated or damaged file is refused', { skip }, async () => {
    const flac = make('p-whole.flac');
    for (const share of [0.2, 0.9]) {
      await assert.rejects(decodeWithPackage(open(truncated(flac, share))), ({ code }) => code === 'truncated' || code === 'corrupt_data');
    }
    const noise = memorySource(new Uint8Array([...Buffer.from('OggS'), ...new Uint8Array(5000)]));
    await assert.rejects(decodeWithPackage(noise), ({ code }) => code === 'unsupported_format' || code === 'corrupt_data');
  });

  it('what no package reads names ffmpeg alone', { skip }, () => rejectsWith(decodeWithPackage(open(make('p.m4a'))), 'unsupported_format', /install ffmpeg, or/));
});

it('without ffmpeg, the error tells the cure', { skip }, () => {
  const flac = make('cure.flac');
  const alone = join(folder, 'alone'); // where no decoder package is installed beside it
  cpSync(dist, alone, { recursive: true });
  const { status, stdout } = spawnSync(process.execPath, [join(alone, 'cli', 'main.js'), 'embed', flac, '--json'], {
    encoding: 'utf8',
    env: { ...process.env, PATH: folder },
  });
  assert.equal(status, 3);
  const { error } = JSON.parse(stdout);
  assert.equal(error.code, 'unsupported_format');
  assert.match(error.message, /install ffmpeg or the package @wasm-audio-decoders\/flac, or convert the file to WAV/);
});
