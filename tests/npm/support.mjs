// What the tests of the npm package share: the built package, recordings, and assertions about its errors.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const dist = join(root, 'npm', 'dist');
export const bundledModel = join(dist, 'models', 'voiceprint-small');
export const data = (file) => join(root, 'tests', 'data', file);

/** The bundled model's manifest with a linear calibration of the cosine and no cohort, as version 1 states it. */
export function linearManifest() {
  const { cohort, ...manifest } = JSON.parse(readFileSync(join(bundledModel, 'manifest.json'), 'utf8'));
  const { score, terms, ...calibration } = manifest.calibration;
  const [scale, offset] = [12, -5];
  return {
    ...manifest,
    schema: 'voiceprint-manifest/1',
    calibration: { ...calibration, scale, offset },
    operating_points: manifest.operating_points.map((point) => ({ ...point, threshold_score: (point.threshold_llr - offset) / scale })),
  };
}

/** A result without the time that it took, which no two calls share. */
export const untimed = ({ timing, ...result }) => {
  for (const stage of ['decodeMs', 'frontEndMs', 'networkMs']) assert.ok(timing[stage] >= 0, `${stage} is ${timing[stage]}`);
  return result;
};

export const speechFile = data('speech_flite.wav');
export const otherSpeechFile = data('speech_espeak.wav');

/** A folder that goes away after the file's tests. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'voiceprint-test-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The samples of a 16-bit mono WAV with a 44-byte header, as the files in tests/data are; not by the code under test. */
export function readWav16(path) {
  const bytes = readFileSync(path);
  assert.equal(bytes.toString('latin1', 36, 40), 'data');
  const samples = Float32Array.from({ length: (bytes.length - 44) / 2 }, (_, i) => bytes.readInt16LE(44 + 2 * i) / 32768);
  return { samples, sampleRateHz: bytes.readUInt32LE(24) };
}

/** A WAV file's 44-byte header. `fields` overrides single values, to make headers that lie. */
export function wavHeader(dataBytes, fields = {}) {
  const { format = 1, channels = 1, rate = 16000, bits = 16, riffBytes = 36 + dataBytes, declaredBytes = dataBytes } = fields;
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(riffBytes >>> 0, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(format, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE((rate * channels * bits) / 8, 28);
  header.writeUInt16LE((channels * bits) / 8, 32);
  header.writeUInt16LE(bits, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(declaredBytes >>> 0, 40);
  return header;
}

/** The bytes of a 16-bit mono WAV. */
export function wav16({ samples, sampleRateHz }, fields = {}) {
  const body = Buffer.alloc(2 * samples.length);
  samples.forEach((value, i) => body.writeInt16LE(Math.max(-32768, Math.min(32767, Math.round(32768 * value))), 2 * i));
  return Buffer.concat([wavHeader(body.length, { rate: sampleRateHz, ...fields }), body]);
}

/** The bytes of a 32-bit float mono WAV. */
export function wavFloat({ samples, sampleRateHz }) {
  const body = Buffer.from(samples.slice().buffer);
  return Buffer.concat([wavHeader(body.length, { rate: sampleRateHz, format: 3, bits: 32 }), body]);
}

/** Uniform noise in [-amplitude, amplitude), the same in every run (Numerical Recipes' generator). */
export function noise(numSamples, amplitude, seed = 1) {
  let state = seed;
  return Float32Array.from({ length: numSamples }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return amplitude * (state / 2 ** 31 - 1);
  });
}

/** Asserts that a promise rejects with a VoiceprintError of this code, whose message is a sentence. */
export async function rejectsWith(promise, code, pattern = /./) {
  await assert.rejects(promise, (error) => {
    assert.equal(error.name, 'VoiceprintError', `${error.stack}`);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, pattern);
    assert.match(error.message, /[.)]$/);
    return true;
  });
}
