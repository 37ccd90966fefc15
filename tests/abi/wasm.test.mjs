// voiceprint.wasm: its frozen interface, its size, and its results, which are the native build's bit for bit.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CoreModule, featureKinds, frontEndOptions, wasmFile } from './core_module.mjs';
import { cut, makeNoise, makeVoice } from './signals.mjs';

/** 60 kB until the module also kept galleries, scored trials (cohort, quality terms), measured trial lists and told speakers apart. */
const maxWasmBytes = 145_000;

const runCore =
  process.env.VOICEPRINT_RUN_CORE ?? fileURLToPath(new URL('../../build/dev/tests/abi/run_core', import.meta.url));
for (const file of [fileURLToPath(wasmFile), runCore]) {
  if (!existsSync(file)) throw new Error(`${file} is not there: build the presets wasm and dev first`);
}

const readLines = (path) =>
  readFileSync(new URL(path, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

/** What the native core writes for these samples. */
function runNative(args, samples) {
  const input = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  const { status, stdout, stderr } = spawnSync(runCore, args.map(String), { input, maxBuffer: 2 ** 28 });
  assert.equal(status, 0, String(stderr));
  return stdout;
}

const toBytes = (...arrays) => Buffer.concat(arrays.map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength)));

function assertSameBytes(actual, expected, what) {
  assert.equal(actual.length, expected.length, `${what}: length`);
  if (actual.equals(expected)) return;
  const at = actual.findIndex((byte, i) => byte !== expected[i]);
  const word = at - (at % 4);
  assert.fail(`${what}: float ${word / 4} is ${actual.readFloatLE(word)} in wasm and ${expected.readFloatLE(word)} natively`);
}

test('imports are the two frozen ones', () => {
  const module = new WebAssembly.Module(readFileSync(wasmFile));
  const imports = WebAssembly.Module.imports(module).map(({ module, name, kind }) => `${module}.${name} ${kind}`);
  assert.deepEqual(imports.sort(), readLines('golden/wasm_imports.txt'));
});

test('exports are the frozen ones', () => {
  const module = new WebAssembly.Module(readFileSync(wasmFile));
  const exports = WebAssembly.Module.exports(module).map(({ name, kind }) => `${name} ${kind}`);
  // Beside these, each emscripten release exports helpers of its own (stackSave, for one), which nobody calls.
  const ours = exports.filter((name) => /^(vp_|memory |_initialize )/.test(name));
  assert.deepEqual(ours.sort(), readLines('golden/wasm_exports.txt'));
});

test('every function of the headers is exported, and nothing else is asked for', () => {
  const declared = ['voiceprint_c.h', 'gallery_c.h'].flatMap((name) => {
    const header = readFileSync(new URL(`../../wasm/${name}`, import.meta.url), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
    return [...header.matchAll(/\b(vp_\w+)\(/g)].map((match) => match[1]);
  });
  assert.deepEqual(readLines('../../wasm/exports.txt').sort(), declared.map((name) => `_${name}`).sort());
});

test(`the module has at most ${maxWasmBytes} bytes`, () => {
  assert.ok(statSync(wasmFile).size <= maxWasmBytes, `it has ${statSync(wasmFile).size}`);
});

test('the module answers with its version, statuses and sentences', () => {
  const core = new CoreModule();
  assert.equal(core.exports.vp_abi_version(), 7);
  assert.equal(core.exports.vp_resampler_create(0, 16000, core.out), 1);
  assert.match(core.lastError(), /1000/);
  assert.equal(core.exports.vp_fbank_create(0, core.out), 1);
  for (const numBytes of [0x40000000, 0x7fffffff, 0x80000000, 0xffffffff]) {
    assert.equal(core.exports.vp_alloc(numBytes), 0, `${numBytes} bytes are more than the module may have`);
  }
});

test('Fbank is the native one bit for bit', () => {
  const core = new CoreModule();
  const signals = { voice: makeVoice(16000, 3), noise: makeNoise(16000), silence: new Float32Array(4000), loud: makeVoice(16000, 1, 250).map((x) => 40 * x) };
  for (const [name, samples] of Object.entries(signals)) {
    assertSameBytes(toBytes(core.fbank(samples)), runNative(['fbank'], samples), name);
  }
});

for (const rateHz of [8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000]) {
  test(`resampling ${rateHz} Hz to 16000 Hz is the native one bit for bit, in one piece and in many`, () => {
    const core = new CoreModule();
    const samples = makeNoise(Math.round(0.7 * rateHz));
    const expected = runNative(['resample', rateHz, 16000], samples);
    assertSameBytes(toBytes(core.resample(rateHz, 16000, [samples])), expected, 'one piece');
    assertSameBytes(toBytes(core.resample(rateHz, 16000, cut(samples))), expected, 'many pieces');
  });
}

const recordings = {
  'a voice at 16 kHz': [16000, makeVoice(16000, 4)],
  'a voice at 44.1 kHz': [44100, makeVoice(44100, 4, 210)],
  'a voice at 48 kHz': [48000, makeVoice(48000, 4, 95)],
  'a telephone voice': [8000, makeVoice(8000, 4, 180)],
  'a clipped voice': [16000, makeVoice(16000, 3).map((x) => Math.max(-0.99, Math.min(0.99, 20 * x)))],
  'noise only': [16000, makeNoise(48000)],
  'silence': [16000, new Float32Array(16000)],
  'less than a frame': [16000, makeNoise(50)],
  'a minute and more': [16000, makeVoice(16000, 75)],
};
for (const [name, [rateHz, samples]] of Object.entries(recordings)) {
  test(`the front end gives ${name} as natively bit for bit, in one piece and in many`, () => {
    const core = new CoreModule();
    const expected = runNative(['front_end', rateHz], samples);
    for (const pieces of [[samples], cut(samples)]) {
      const { quality, segments, speech, intervals } = core.frontEnd(rateHz, pieces);
      assertSameBytes(toBytes(quality, ...segments, speech, intervals), expected, `${pieces.length} pieces`);
    }
  });
}

for (const features of featureKinds) {
  test(`the ${features.name} of the front end is the native one bit for bit`, () => {
    const core = new CoreModule();
    for (const name of ['a voice at 44.1 kHz', 'a clipped voice', 'a minute and more', 'less than a frame']) {
      const [rateHz, samples] = recordings[name];
      const expected = runNative(['front_end', rateHz, ...features.args], samples);
      const { quality, segments, speech, intervals } = core.frontEnd(rateHz, cut(samples), features);
      assertSameBytes(toBytes(quality, ...segments, speech, intervals), expected, name);
    }
  });
}

for (const [precision, name] of ['float32', 'int8'].entries()) {
  test(`a ${name} gallery has the native one's file and scores bit for bit`, () => {
    const rows = makeNoise(192 * 1101, 3);
    const { file, indices, scores } = new CoreModule().gallery(precision, rows);
    assertSameBytes(toBytes(file, indices, scores), runNative(['gallery', precision], rows), name);
  });
}

/** Values that look random and are the same in every run, about normal. */
function makeNormal(count, seed) {
  let state = seed;
  const uniform = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  return Float32Array.from({ length: count }, () => uniform() + uniform() + uniform() + uniform() - 2);
}

/** A cohort file of int8 rows, as FORMATS.md lays it out. */
function makeCohort(dimension, size) {
  const rows = makeNormal(size * dimension, 5);
  const file = Buffer.alloc(56 + size * (4 + dimension) + 4, 9);
  file.write('VPCOHORT', 'latin1');
  [1, 1, dimension, size].forEach((value, i) => file.writeUInt32LE(value, 8 + 4 * i));
  for (let i = 0; i < size; ++i) {
    const at = 56 + i * (4 + dimension);
    file.writeFloatLE(0.01, at);
    for (let k = 0; k < dimension; ++k) file.writeInt8(Math.round(60 * rows[i * dimension + k]), at + 4 + k);
  }
  let crc = 0xffffffff;
  for (const byte of file.subarray(0, -4)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; ++bit) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  file.writeUInt32LE(~crc >>> 0, file.length - 4);
  return file;
}

test('normalised and calibrated scores are the native ones bit for bit', () => {
  const folder = mkdtempSync(join(tmpdir(), 'voiceprint-test-'));
  try {
    const file = join(folder, 'cohort.bin');
    const cohort = makeCohort(24, 40);
    writeFileSync(file, cohort);
    const embeddings = makeNormal(24 * 30, 3);
    const scores = new CoreModule().scores(24, cohort, embeddings);
    assert.ok(scores.every(Number.isFinite));
    assertSameBytes(toBytes(scores), runNative(['score', 24, file], embeddings), 'scores');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('metrics of a trial list and their intervals are the native ones bit for bit', () => {
  const noise = makeNormal(4000, 11);
  const trials = Array.from(noise, (value, i) => {
    const enroll = i % 20;
    const label = Number(i % 4 === 0);
    return { label, enroll, test: label ? enroll : (enroll + 1 + (i % 7)) % 20, llr: 3 * value + (label ? 2 : -2) + (enroll - 10) / 8 };
  });
  const metrics = new CoreModule().measure(trials);
  assert.ok(metrics.every(Number.isFinite));
  const rows = Float32Array.from(trials.flatMap(({ label, enroll, test, llr }) => [label, enroll, test, llr]));
  assertSameBytes(toBytes(metrics), runNative(['measure'], rows), 'metrics');
});

test('windows, speakers and turns are the native ones bit for bit', () => {
  const [rateHz, samples] = recordings['a voice at 44.1 kHz'];
  const pieces = [samples, samples.subarray(0, samples.length / 2), samples];
  const { times, features, speakers, turns } = new CoreModule().diarize(rateHz, pieces);
  assert.ok(times.length >= 8 && new Set(speakers).size > 1 && turns.length >= 6);
  const all = Float32Array.from(pieces.flatMap((piece) => [...piece]));
  assertSameBytes(toBytes(times, features, speakers, turns), runNative(['diarize', rateHz], all), 'diarization');
});

test('the error of a diarization is the native one bit for bit', () => {
  const turns = (count, speakers, seed) => {
    const values = makeNormal(3 * count, seed).map((value) => Math.abs(value));
    return Array.from({ length: count }, (_, i) => {
      const [begin, length, voice] = values.subarray(3 * i, 3 * i + 3);
      return { begin: Math.fround(60 * begin), end: Math.fround(60 * begin + 5 * length + 0.1), speaker: Math.floor(100 * voice) % speakers };
    });
  };
  const [reference, hypothesis] = [turns(40, 12, 7), turns(60, 17, 8)];
  const error = new CoreModule().diarizationError(reference, hypothesis);
  assert.ok(error.every((value) => value > 0 && Number.isFinite(value)));
  const rows = [reference, hypothesis].flatMap((side, i) => side.flatMap(({ begin, end, speaker }) => [i, begin, end, speaker]));
  assertSameBytes(toBytes(error), runNative(['diarization_error'], Float32Array.from(rows)), 'error');
});

test('the voices of this test do hold speech, and noise and silence hold none', () => {
  const core = new CoreModule();
  for (const [name, [rateHz, samples]] of Object.entries(recordings)) {
    const { segments } = core.frontEnd(rateHz, [samples]);
    assert.equal(segments.length > 0, name.includes('voice') || name.includes('minute'), name);
  }
});

test('a recording of any length needs bounded memory', () => {
  const core = new CoreModule();
  const minute = makeVoice(16000, 60);
  const frontEnd = core.withCopy(Float64Array.from(frontEndOptions), (options) => core.create('front_end', options, 16000));
  core.withCopy(minute, (pointer) => {
    for (let i = 0; i < 3; ++i) core.call('vp_front_end_push', frontEnd, pointer, minute.length);
    const bytesAfter3 = core.exports.memory.buffer.byteLength;
    for (let i = 0; i < 12; ++i) core.call('vp_front_end_push', frontEnd, pointer, minute.length);
    assert.equal(core.exports.memory.buffer.byteLength, bytesAfter3);
  });
  core.call('vp_front_end_finish', frontEnd);
  core.call('vp_front_end_quality', frontEnd, core.out);
  assert.equal(core.doubles(core.out, 1)[0], 15 * 60);
  core.exports.vp_front_end_destroy(frontEnd);
});

test('memory that grows is announced', () => {
  const core = new CoreModule();
  const pointer = core.exports.vp_alloc(100 * 2 ** 20);
  assert.notEqual(pointer, 0);
  assert.ok(core.numGrowths > 0);
  core.floats(pointer, 25 * 2 ** 20)[25 * 2 ** 20 - 1] = 1;
  core.exports.vp_free(pointer);
});
