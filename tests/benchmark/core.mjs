// Fbank and resampler: the native core, the same core as WebAssembly in Node, and kaldi-native-fbank, in one run.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fbank } from '../../npm/dist/core/fbank.js';
import { Core } from '../../npm/dist/core/module.js';
import { Resampler } from '../../npm/dist/core/resampler.js';
import { parseManifest } from '../../npm/dist/model/manifest.js';
import { bestCpuTime } from './clock.mjs';
import { recording } from './recordings.mjs';

const SECONDS = 10;
const ROUNDS = 30;
/** The peers take turns, so that a busy moment does not hit only one of them. */
const TURNS = 3;

const root = new URL('../../', import.meta.url).pathname;
const benchmarks = join(root, 'build', 'release', 'tests', 'benchmark', 'core_bench');
export const python = [join(root, '.deps', 'venv', 'bin', 'python'), process.env.PYTHON].find((path) => path && existsSync(path));

/** Frames per second of each Fbank, seconds of audio per second of each resampler; null where a part is not built. */
export async function measureCore() {
  const dist = join(root, 'npm', 'dist');
  const core = await Core.instantiate(new Uint8Array(readFileSync(join(dist, 'voiceprint.wasm'))));
  const manifest = JSON.parse(readFileSync(join(dist, 'models', 'voiceprint-small', 'manifest.json'), 'utf8'));
  const { frontEnd } = parseManifest(manifest);

  const fbank = { native: null, wasm: 0, peer: null, peerVersion: null };
  const resampler = { native: {}, wasm: {} };
  for (let turn = 0; turn < TURNS; turn++) {
    for (const { name, frames_per_second, realtime } of nativeBenchmarks()) {
      if (name === 'fbank') fbank.native = Math.max(fbank.native ?? 0, frames_per_second);
      const rate = name.match(/^resampler\/(\d+)$/)?.[1];
      if (rate) resampler.native[rate] = Math.max(resampler.native[rate] ?? 0, realtime);
    }
    const peer = kaldiNativeFbank();
    if (peer) {
      fbank.peer = Math.max(fbank.peer ?? 0, peer.frames_per_second);
      fbank.peerVersion = peer.version;
    }
    fbank.wasm = Math.max(fbank.wasm, wasmFbank(core, frontEnd));
    for (const rate of [8000, 44100, 48000]) {
      resampler.wasm[rate] = Math.max(resampler.wasm[rate] ?? 0, wasmResampler(core, rate));
    }
  }
  return { fbank, resampler };
}

function nativeBenchmarks() {
  if (!existsSync(benchmarks)) return [];
  const args = ['--benchmark_filter=^(fbank|resampler)', '--benchmark_format=json', '--benchmark_min_time=0.3'];
  return JSON.parse(execFileSync(benchmarks, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })).benchmarks;
}

function kaldiNativeFbank() {
  if (!python) return null;
  return JSON.parse(execFileSync(python, [new URL('fbank_peer.py', import.meta.url).pathname], { encoding: 'utf8' }));
}

function wasmFbank(core, frontEnd) {
  const fbank = new Fbank(core, frontEnd);
  const { samples } = recording(SECONDS);
  const numFrames = fbank.compute(samples).length / fbank.bins;
  const seconds = bestCpuTime(ROUNDS, () => fbank.compute(samples));
  fbank.dispose();
  return numFrames / seconds;
}

function wasmResampler(core, rate) {
  const resampler = new Resampler(core, rate, 16000);
  const samples = new Float32Array(SECONDS * rate).map((_, i) => Math.sin(i / 7) / 2);
  const seconds = bestCpuTime(ROUNDS, () => {
    resampler.push(samples);
    resampler.finish();
  });
  resampler.dispose();
  return SECONDS / seconds;
}
