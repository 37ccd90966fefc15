// The WebAssembly module as a test sees it: calls with JavaScript arrays, statuses as exceptions. Not the npm package's loader, on purpose.
import { readFileSync } from 'node:fs';

export const wasmFile = new URL('../../build/wasm/wasm/voiceprint.wasm', import.meta.url);

const vadAndCrop = [-60, 9, 100, 60, 200, 30, 10, 60];

/** The eighteen fields of vp_front_end_options, in order: the front end of the seed systems. */
export const frontEndOptions = [16000, 80, 20, 8000, 25, 10, 0.97, ...vadAndCrop, 0, 0, 0];

/** What the front end may be asked for: options, the number of bins that they give, and run_core's arguments for the same. */
export const featureKinds = [
  { name: 'Fbank', options: frontEndOptions, bins: 80, args: [0] },
  { name: 'Fbank less its level', options: [...frontEndOptions.slice(0, -1), 1], bins: 80, args: [0, 1] },
  { name: 'spectrogram', options: [16000, 0, 0, 0, 25, 12.5, 0, ...vadAndCrop, 1, 0, 0], bins: 201, args: [1] },
  { name: 'mel-spectrogram', options: [16000, 128, 0, 8000, 25, 12.5, 0, ...vadAndCrop, 2, 0, 0], bins: 128, args: [2] },
  { name: 'MFCC', options: [16000, 128, 0, 8000, 25, 12.5, 0, ...vadAndCrop, 3, 40, 0], bins: 40, args: [3] },
];

export class CoreModule {
  constructor() {
    const module = new WebAssembly.Module(readFileSync(wasmFile));
    this.numGrowths = 0;
    const instance = new WebAssembly.Instance(module, {
      env: { emscripten_notify_memory_growth: () => ++this.numGrowths },
      wasi_snapshot_preview1: {
        proc_exit: (code) => {
          throw new Error(`the module exits with ${code}`);
        },
      },
    });
    this.exports = instance.exports;
    this.exports._initialize();
    this.out = this.exports.vp_alloc(64);
  }

  /** Views on memory are made anew for each use: growth detaches them. */
  floats(pointer, count) {
    return new Float32Array(this.exports.memory.buffer, pointer, count);
  }
  doubles(pointer, count) {
    return new Float64Array(this.exports.memory.buffer, pointer, count);
  }
  outUint32(index) {
    return new Uint32Array(this.exports.memory.buffer, this.out, 16)[index];
  }

  lastError() {
    const bytes = new Uint8Array(this.exports.memory.buffer, this.exports.vp_last_error());
    return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
  }

  /** Calls an export that answers with a status. */
  call(name, ...args) {
    const status = this.exports[name](...args);
    if (status !== 0) throw new Error(`${name}: status ${status}, ${this.lastError()}`);
  }

  /** A copy of `values` (Float32Array, Float64Array or Uint8Array) in the module's memory; the caller frees it. */
  copyIn(values) {
    const pointer = this.exports.vp_alloc(values.byteLength);
    if (pointer === 0) throw new Error('vp_alloc: out of memory');
    new Uint8Array(this.exports.memory.buffer, pointer, values.byteLength).set(
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    );
    return pointer;
  }

  /** Runs `use(pointer)` on a copy of `values`. */
  withCopy(values, use) {
    const pointer = this.copyIn(values);
    try {
      return use(pointer);
    } finally {
      this.exports.vp_free(pointer);
    }
  }

  /** Creates an object with `vp_<kind>_create(..., out)`. */
  create(kind, ...args) {
    this.call(`vp_${kind}_create`, ...args, this.out);
    return this.outUint32(0);
  }

  fbank(samples) {
    const fbank = this.withCopy(Float64Array.from(frontEndOptions), (options) => this.create('fbank', options));
    this.call('vp_fbank_num_frames', fbank, samples.length, this.out);
    const features = new Float32Array(this.outUint32(0) * frontEndOptions[1]);
    const featuresPointer = this.copyIn(features);
    this.withCopy(samples, (pointer) => this.call('vp_fbank_compute', fbank, pointer, samples.length, featuresPointer));
    features.set(this.floats(featuresPointer, features.length));
    this.exports.vp_free(featuresPointer);
    this.exports.vp_fbank_destroy(fbank);
    return features;
  }

  /** A copy of the view that `name(...args, &pointer, &count)` gives; `width` floats per counted element. */
  view(width, name, ...args) {
    this.call(name, ...args, this.out, this.out + 4);
    return this.floats(this.outUint32(0), this.outUint32(1) * width).slice();
  }

  resample(inHz, outHz, pieces) {
    const resampler = this.create('resampler', inHz, outHz);
    const output = pieces.map((piece) =>
      this.withCopy(piece, (pointer) => this.view(1, 'vp_resampler_push', resampler, pointer, piece.length)),
    );
    output.push(this.view(1, 'vp_resampler_finish', resampler));
    this.exports.vp_resampler_destroy(resampler);
    return Float32Array.from(output.flatMap((piece) => [...piece]));
  }

  /** vp_trial_score of each pair of successive embeddings; options and qualities as in run_core.c. */
  scores(dimension, cohort, embeddings) {
    const options = this.copyIn(Float64Array.of(dimension, 1, 0.7, -1.3, 5));
    const terms = this.copyIn(Float64Array.of(0, 0.4, -1, 2, 4, -3, -1, 1));
    const file = this.copyIn(cohort);
    const scorer = this.create('trial_scorer', options, terms, 2, file, cohort.length, file + 24);
    const vectors = this.copyIn(embeddings);
    const count = embeddings.length / dimension;
    const scores = [];
    for (let i = 0; i + 1 < count; ++i) {
      const qualities = this.copyIn(Float64Array.of(0, 0.3 * (i + 1), 0, 0, 0, 0, 0, 0, 0.3 * (i + 2), 0, 0, 0, 0, 0));
      const a = vectors + i * dimension * 4;
      this.call('vp_trial_scorer_score', scorer, a, qualities, 0, a + dimension * 4, qualities + 56, 0, this.out);
      scores.push(...this.doubles(this.out, 3));
      this.exports.vp_free(qualities);
    }
    this.exports.vp_trial_scorer_destroy(scorer);
    for (const pointer of [options, terms, file, vectors]) this.exports.vp_free(pointer);
    return Float64Array.from(scores);
  }

  /** vp_trial_metrics and vp_cost_metrics of trials { label, enroll, test, llr }, as in run_core.c. */
  measure(trials) {
    const column = (Type, field) => this.copyIn(Type.from(trials, (trial) => trial[field]));
    const arrays = [column(Float32Array, 'llr'), column(Uint8Array, 'label'), column(Uint32Array, 'enroll'), column(Uint32Array, 'test')];
    const costs = this.copyIn(Float64Array.of(0.01, 1, 1, 0.5, 1, 1));
    const metrics = this.copyIn(new Float64Array(15 + 2 * 7));
    this.call('vp_measure_trials', ...arrays, trials.length, costs, 2, 1, 100, metrics, metrics + 15 * 8);
    const result = this.doubles(metrics, 15 + 2 * 7).slice();
    for (const pointer of [...arrays, costs, metrics]) this.exports.vp_free(pointer);
    return result;
  }

  /** vp_diarization_error of turns { begin, end, speaker } with a collar of 0.25 s, as in run_core.c. */
  diarizationError(reference, hypothesis) {
    const rows = (turns) => this.copyIn(Float64Array.from(turns.flatMap(({ begin, end, speaker }) => [begin, end, speaker])));
    const [a, b, error] = [rows(reference), rows(hypothesis), this.copyIn(new Float64Array(5))];
    this.call('vp_measure_diarization', a, reference.length, b, hypothesis.length, 0.25, error);
    const result = this.doubles(error, 5).slice();
    for (const pointer of [a, b, error]) this.exports.vp_free(pointer);
    return result;
  }

  /** { quality: Float64Array(7), segments, speech, intervals } of one recording that arrives in pieces. */
  frontEnd(inHz, pieces, { options, bins } = featureKinds[0]) {
    const frontEnd = this.withCopy(Float64Array.from(options), (pointer) => this.create('front_end', pointer, inHz));
    for (const piece of pieces) {
      this.withCopy(piece, (pointer) => this.call('vp_front_end_push', frontEnd, pointer, piece.length));
    }
    this.call('vp_front_end_finish', frontEnd);
    this.call('vp_front_end_quality', frontEnd, this.out);
    const quality = this.doubles(this.out, 7).slice();
    this.call('vp_front_end_num_segments', frontEnd, this.out);
    const numSegments = this.outUint32(0);
    const segments = Array.from({ length: numSegments }, (_, i) =>
      this.view(bins, 'vp_front_end_segment', frontEnd, i),
    );
    const speech = this.view(1, 'vp_front_end_speech', frontEnd);
    const intervals = this.view(2, 'vp_front_end_intervals', frontEnd);
    this.exports.vp_front_end_destroy(frontEnd);
    return { quality, segments, speech, intervals };
  }

  /** { times, features, speakers, turns } of one recording that arrives in pieces: as `run_core diarize`. */
  diarize(inHz, pieces) {
    const [{ options, bins }] = featureKinds;
    const withoutSegments = Float64Array.from(options);
    withoutSegments[13] = 0;
    const frontEnd = this.withCopy(withoutSegments, (pointer) => this.create('front_end', pointer, inHz));
    for (const piece of pieces) {
      this.withCopy(piece, (pointer) => this.call('vp_front_end_push', frontEnd, pointer, piece.length));
    }
    this.call('vp_front_end_finish', frontEnd);
    this.call('vp_front_end_plan_windows', frontEnd, 1.5, 0.75, this.out, this.out + 4);
    const count = this.outUint32(1);
    const times = this.doubles(this.outUint32(0), 2 * count).slice();
    const windows = Array.from({ length: count }, (_, i) => this.view(bins, 'vp_front_end_window', frontEnd, i));
    this.exports.vp_front_end_destroy(frontEnd);

    const llrs = windows.flatMap(([a]) => windows.map(([b]) => 1 - Math.abs(a - b)));
    const pointers = [
      Float32Array.from(llrs),
      Float64Array.of(0, 0, 20, 0.7),
      new Uint32Array(count),
      times,
      new Float64Array(3 * count),
    ].map((array) => this.copyIn(array));
    const [llrsAt, optionsAt, speakersAt, timesAt, turnsAt] = pointers;
    this.call('vp_cluster_speakers', llrsAt, timesAt, count, optionsAt, speakersAt);
    const speakers = new Uint32Array(this.exports.memory.buffer, speakersAt, count).slice();
    this.call('vp_join_turns', timesAt, speakersAt, count, 0.5, turnsAt, this.out);
    const turns = this.doubles(turnsAt, 3 * this.outUint32(0)).slice();
    for (const pointer of pointers) this.exports.vp_free(pointer);
    return { times, features: Float32Array.from(windows.flatMap((window) => [...window])), speakers, turns };
  }

  /** { file, indices, scores }: as `run_core gallery`. */
  gallery(precision, rows, dimension = 192, top = 10) {
    const gallery = this.withCopy(Uint8Array.of(7, ...new Uint8Array(31)), (model) =>
      this.withCopy(new TextEncoder().encode('test'), (name) => this.create('gallery', model, name, 4, dimension, precision)),
    );
    const last = rows.length / dimension - 1;
    const row = (i) => rows.subarray(i * dimension, (i + 1) * dimension);
    for (let i = 0; i < last; ++i) {
      this.withCopy(Float64Array.of(1000 + i, 0.1 * i, 20.5, 7000, i % 2), (info) =>
        this.withCopy(Uint8Array.of(97 + (Math.floor(i / 2) % 26), 97 + Math.floor(i / 52)), (name) =>
          this.withCopy(row(i), (embedding) => this.call('vp_gallery_add', gallery, name, 2, embedding, info)),
        ),
      );
    }
    this.call('vp_gallery_serialise', gallery, this.out, this.out + 4);
    const file = new Uint8Array(this.exports.memory.buffer, this.outUint32(0), this.outUint32(1)).slice();
    return this.withCopy(row(last), (probe) =>
      this.withCopy(new Uint8Array(8 * top), (found) => {
        this.call('vp_gallery_search', gallery, probe, top, found, found + 4 * top, this.out);
        const indices = new Uint32Array(this.exports.memory.buffer, found, top).slice();
        const scores = this.floats(found + 4 * top, top).slice();
        this.exports.vp_gallery_destroy(gallery);
        return { file, indices, scores };
      }),
    );
  }
}
