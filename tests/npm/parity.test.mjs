// The core inside the package gives what the native core gives: log-mel features bit for bit, quality to the last printed digit.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Fbank } from '../../npm/dist/core/fbank.js';
import { Core } from '../../npm/dist/core/module.js';
import { Resampler } from '../../npm/dist/core/resampler.js';
import { WavFormat } from '../../npm/dist/core/wav.js';
import { Voiceprint } from '../../npm/dist/index.node.js';
import { parseManifest } from '../../npm/dist/model/manifest.js';
import { bundledModel, data, dist, noise, otherSpeechFile, root, speechFile } from './support.mjs';

const files = [speechFile, otherSpeechFile, data('speech_telephone.wav')];

/** A native tool of any build; null where there is none. */
function nativeTool(name) {
  const paths = ['release', 'dev', 'trainer'].map((preset) => join(root, 'build', preset, 'native', 'tools', name));
  return paths.find(existsSync) ?? null;
}
const fbankTool = nativeTool('voiceprint-fbank');
const qualityTool = nativeTool('voiceprint-quality');

const { frontEnd } = parseManifest(JSON.parse(readFileSync(join(bundledModel, 'manifest.json'), 'utf8')));
let core;
before(async () => {
  core = await Core.instantiate(new Uint8Array(readFileSync(join(dist, 'voiceprint.wasm'))));
});

function readWav(path) {
  const bytes = readFileSync(path);
  const format = WavFormat.parse(core, bytes, bytes.length);
  return { format, samples: format.decode(bytes.subarray(format.dataOffset, format.dataOffset + format.numFrames * format.bytesPerFrame)) };
}

function resample(samples, from, to, pieceLength = samples.length) {
  const resampler = new Resampler(core, from, to);
  const pieces = [];
  for (let at = 0; at < samples.length; at += pieceLength) pieces.push(resampler.push(samples.subarray(at, at + pieceLength)));
  pieces.push(resampler.finish());
  resampler.dispose();
  return Float32Array.from(pieces.flatMap((piece) => [...piece]));
}

describe('Fbank', () => {
  const skip = fbankTool ? false : 'voiceprint-fbank is not built (preset release or dev)';
  for (const file of files) {
    it(`of ${file.split('/').at(-1)} is that of the native tool`, { skip }, () => {
      const raw = execFileSync(fbankTool, ['--raw', file], { maxBuffer: 1 << 26 });
      const expected = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
      const { format, samples } = readWav(file);
      const fbank = new Fbank(core, frontEnd);
      const features = fbank.compute(resample(samples, format.sampleRateHz, 16000));
      fbank.dispose();
      assert.equal(features.length, expected.length);
      assert.deepEqual(features, expected);
    });
  }
});

describe('quality', () => {
  const skip = qualityTool ? false : 'voiceprint-quality is not built (preset release or dev)';
  let voiceprint;
  before(async () => {
    voiceprint = await Voiceprint.load();
  });
  after(() => voiceprint.dispose());

  for (const file of files) {
    it(`of ${file.split('/').at(-1)} is that of the native tool`, { skip }, async () => {
      const [, line] = execFileSync(qualityTool, [file], { encoding: 'utf8' }).split('\n');
      const { quality } = await voiceprint.embed(file);
      const { durationS, netSpeechS, levelDbfs, peakDbfs, clippedFraction, snrDb, bandwidthHz } = quality;
      const values = [durationS, netSpeechS, levelDbfs, peakDbfs, clippedFraction, snrDb, bandwidthHz];
      const lastDigits = [0.01, 0.01, 0.1, 0.1, 0.0001, 0.1, 1];
      const printed = line.split(' ').map(Number);
      values.forEach((value, i) => assert.ok(Math.abs(value - printed[i]) <= 0.5001 * lastDigits[i], `${value}, printed ${printed[i]}`));
    });
  }
});

describe('the resampler', () => {
  it('does not depend on how the input is cut', () => {
    const input = noise(20000, 0.5);
    for (const [from, to] of [[48000, 16000], [44100, 16000], [8000, 16000], [16000, 16000]]) {
      const whole = resample(input, from, to);
      assert.equal(whole.length, Math.ceil((input.length * to) / from));
      assert.deepEqual(resample(input, from, to, 777), whole);
    }
  });

  it('keeps what 16 kHz can hold and removes the rest', () => {
    const amplitude = (hz) => {
      const tone = Float32Array.from({ length: 48000 }, (_, i) => Math.sin((2 * Math.PI * hz * i) / 48000));
      const middle = resample(tone, 48000, 16000).subarray(4000, 12000);
      return Math.sqrt((2 * middle.reduce((sum, value) => sum + value * value, 0)) / middle.length);
    };
    for (const hz of [100, 1000, 4000, 7000, 7500]) assert.ok(Math.abs(20 * Math.log10(amplitude(hz))) < 0.1, `${hz} Hz`);
    for (const hz of [8500, 10000, 15000, 23000]) assert.ok(20 * Math.log10(amplitude(hz)) < -80, `${hz} Hz`);
  });
});
