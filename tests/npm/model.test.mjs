// The contract with the trainer: what is accepted as a model, and how everything else is refused.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Voiceprint } from '../../npm/dist/index.node.js';
import { FrontEnd } from '../../npm/dist/core/front-end.js';
import { Core } from '../../npm/dist/core/module.js';
import { featureBins, parseManifest } from '../../npm/dist/model/manifest.js';
import { bundledModel, dist, linearManifest, readWav16, rejectsWith, root, speechFile, temporaryFolder, untimed } from './support.mjs';

const Ajv = createRequire(new URL('../../npm/package.json', import.meta.url))('ajv/dist/2020').default;
const validate = new Ajv().compile(JSON.parse(readFileSync(join(root, 'models', 'manifest.schema.json'), 'utf8')));

const folder = temporaryFolder();
const goodManifest = linearManifest();
const onnx = new Uint8Array(readFileSync(join(bundledModel, goodManifest.onnx.file)));

/** The manifest with the value at a path like 'onnx.bytes' or 'operating_points.0.name' replaced; undefined removes it. */
function changed(path, value, original = goodManifest) {
  const manifest = structuredClone(original);
  const names = path.split('.');
  const last = names.pop();
  const parent = names.reduce((object, name) => object[name], manifest);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return manifest;
}

/** A model folder that `spoil` may change. */
function modelFolder(name, spoil = () => {}) {
  const path = join(folder, name);
  mkdirSync(path);
  cpSync(bundledModel, path, { recursive: true });
  spoil(path);
  return path;
}

const load = (model) => Voiceprint.load({ worker: false, model });

/** path, bad value. Each must be refused by the package and by the JSON Schema, naming the field. */
const badFields = [
  ['name', undefined],
  ['version', ''],
  ['licence', 7],
  ['onnx', null],
  ['onnx.file', '../model.onnx'],
  ['onnx.bytes', '2345678'],
  ['onnx.bytes', 0],
  ['onnx.sha256', 'ABC'],
  ['tensors.input', undefined],
  ['tensors.output', 1],
  ['tensors.embedding_dim', 0.5],
  ['front_end.sample_rate_hz', '16k'],
  ['front_end.sample_scale', 32768],
  ['front_end.mean_normalisation', 'none'],
  ['front_end.fbank', []],
  ['front_end.fbank.num_mel_bins', undefined],
  ['front_end.fbank.num_mel_bins', 80.5],
  ['front_end.fbank.window', 'hamming'],
  ['front_end.fbank.log_floor', 0],
  ['front_end.fbank.dither', 1],
  ['front_end.fbank.snip_edges', false],
  ['front_end.fbank.preemphasis', 2],
  ['front_end.vad.margin_db', null],
  ['front_end.vad.pad_ms', -1],
  ['front_end.crop.combine', 'first'],
  ['front_end.crop.max_segment_s', '10'],
  ['quality_limits.max_clipped_fraction', 2],
  ['quality_limits.min_snr_db', undefined],
  ['calibration.kind', 'affine'],
  ['calibration.scale', 0],
  ['calibration.offset', 'x'],
  ['calibration.p_target', 1],
  ['operating_points', []],
  ['operating_points', {}],
  ['operating_points.0.name', undefined],
  ['operating_points.0.threshold_score', '0.3'],
  ['operating_points.0.target_false_alarm_rate', 5],
  ['operating_points.0.p_target', 0],
  ['operating_points.0.measured_p_miss', -0.1],
  ['evaluation', 'good'],
  ['evaluation.0.eer', 12],
  ['evaluation.0.eer_interval', [0.1]],
  ['evaluation.0.eer_interval', [0.1, 'x']],
  ['evaluation.0.targets', 0],
];

const withHistogram = changed('evaluation.0.llr_histogram', { low: -1.5, bin_width: 0.25, targets: [0, 1, 4], non_targets: [7, 2, 0] });

const badHistogramFields = [
  ['evaluation.0.llr_histogram', null],
  ['evaluation.0.llr_histogram.low', '-1'],
  ['evaluation.0.llr_histogram.bin_width', 0],
  ['evaluation.0.llr_histogram.targets', undefined],
  ['evaluation.0.llr_histogram.targets', []],
  ['evaluation.0.llr_histogram.targets', [0, 0, 0]],
  ['evaluation.0.llr_histogram.targets', new Array(1001).fill(1)],
  ['evaluation.0.llr_histogram.non_targets.1', -1],
  ['evaluation.0.llr_histogram.non_targets.1', 0.5],
];

/** As the trainer writes manifests of the other feature kinds. */
function manifestOf(kind) {
  const { fbank, ...rest } = goodManifest.front_end;
  const spectrogram = { frame_length_ms: 25, frame_shift_ms: 12.5, window: 'hann', padding: 'reflect', power: 2 };
  const mel = { num_mel_bins: 128, low_frequency_hz: 0, high_frequency_hz: 8000, mel_scale: 'htk' };
  if (kind !== 'spectrogram') Object.assign(spectrogram, mel);
  if (kind === 'mfcc') Object.assign(spectrogram, { num_coefficients: 40, log_floor: 1e-10, top_db: 80 });
  return { ...goodManifest, front_end: { ...rest, feature_kind: kind, spectrogram } };
}

const badSpectrogramFields = [
  ['front_end.feature_kind', 'lpc'],
  ['front_end.feature_kind', 3],
  ['front_end.spectrogram', undefined],
  ['front_end.spectrogram.window', 'hamming'],
  ['front_end.spectrogram.padding', 'zero'],
  ['front_end.spectrogram.power', 1],
  ['front_end.spectrogram.frame_length_ms', '25'],
  ['front_end.spectrogram.frame_shift_ms', -1],
  ['front_end.spectrogram.num_mel_bins', undefined],
  ['front_end.spectrogram.low_frequency_hz', null],
  ['front_end.spectrogram.mel_scale', 'slaney'],
  ['front_end.spectrogram.num_coefficients', 0.5],
  ['front_end.spectrogram.num_coefficients', undefined],
  ['front_end.spectrogram.log_floor', 1e-6],
  ['front_end.spectrogram.top_db', undefined],
];

describe('the manifest', () => {
  it('of every model in models/ follows the schema and is read', () => {
    const models = join(root, 'models');
    const manifests = readdirSync(models).map((name) => join(models, name, 'manifest.json')).filter(existsSync);
    for (const path of [...manifests, join(bundledModel, 'manifest.json')]) {
      const manifest = JSON.parse(readFileSync(path, 'utf8'));
      assert.ok(validate(manifest), `${path}: ${JSON.stringify(validate.errors)}`);
      parseManifest(manifest);
    }
  });

  for (const [path, value] of badFields) {
    it(`with ${path} = ${JSON.stringify(value)} is refused, naming the field`, async () => {
      const manifest = changed(path, value);
      const named = path.replace(/\.(\d+)/g, '[$1]').replace(/[.[\]]/g, '\\$&');
      await rejectsWith(load({ manifest, onnx }), 'manifest_invalid', new RegExp(`Manifest: ${named}`));
      assert.equal(validate(manifest), false, 'the JSON Schema refuses it too');
    });
  }

  it('may tell how the LLRs lie', () => {
    assert.ok(validate(withHistogram), JSON.stringify(validate.errors));
    const [{ llrHistogram }] = parseManifest(withHistogram).evaluation;
    assert.deepEqual(llrHistogram, { low: -1.5, binWidth: 0.25, targets: [0, 1, 4], nonTargets: [7, 2, 0] });
    const without = changed('evaluation.0.llr_histogram', undefined, withHistogram);
    assert.ok(validate(without), JSON.stringify(validate.errors));
    assert.equal(parseManifest(without).evaluation[0].llrHistogram, null);
    assert.throws(() => parseManifest(changed('evaluation.0.llr_histogram.targets', [1], withHistogram)), /as many bins/);
  });

  for (const [path, value] of badHistogramFields) {
    it(`with ${path} = ${JSON.stringify(value)?.slice(0, 20)} is refused, naming the field`, () => {
      const manifest = changed(path, value, withHistogram);
      const named = path.replace(/\.(\d+)/g, '[$1]').replace(/[.[\]]/g, '\\$&');
      assert.throws(() => parseManifest(manifest), new RegExp(`Manifest: ${named}`));
      assert.equal(validate(manifest), false, 'the JSON Schema refuses it too');
    });
  }

  for (const [kind, bins] of [['fbank', 80], ['spectrogram', 201], ['mel_spectrogram', 128], ['mfcc', 40]]) {
    it(`of ${kind} features is read, and the core gives ${bins} of them per frame`, async () => {
      const original = kind === 'fbank' ? changed('front_end.feature_kind', kind) : manifestOf(kind);
      const manifest = changed('front_end.mean_normalisation', 'utterance', original);
      assert.ok(validate(manifest), JSON.stringify(validate.errors));
      const { frontEnd: options } = parseManifest(manifest);
      assert.equal(featureBins(options), bins);
      const core = await Core.instantiate(new Uint8Array(readFileSync(join(dist, 'voiceprint.wasm'))));
      const { samples, sampleRateHz } = readWav16(speechFile);
      const frontEnd = new FrontEnd(core, options, sampleRateHz);
      frontEnd.push(samples);
      frontEnd.finish();
      const [{ values, numFrames }] = frontEnd.segments();
      frontEnd.dispose();
      assert.equal(values.length, numFrames * bins);
      for (let bin = 0; bin < bins; ++bin) {
        const column = values.filter((_, i) => i % bins === bin);
        const [sum, size] = column.reduce(([s, a], value) => [s + value, a + Math.abs(value)], [0, 0]);
        assert.ok(size === 0 || Math.abs(sum) < 1e-4 * size, `bin ${bin} of ${kind} has mean ${sum / numFrames}`);
      }
    });
  }

  for (const [path, value] of badSpectrogramFields) {
    it(`of MFCC features with ${path} = ${JSON.stringify(value)} is refused, naming the field`, () => {
      const manifest = changed(path, value, manifestOf('mfcc'));
      assert.throws(() => parseManifest(manifest), { code: 'manifest_invalid', message: new RegExp(`Manifest: ${path.replaceAll('.', '\\.')}`) });
      assert.equal(validate(manifest), false, 'the JSON Schema refuses it too');
    });
  }

  it('of a network for other features than it says is refused', () =>
    rejectsWith(load({ manifest: manifestOf('mfcc'), onnx }), 'model_corrupt'));

  it('whose default operating point does not exist is refused', () =>
    rejectsWith(load({ manifest: changed('default_operating_point', 'none'), onnx }), 'manifest_invalid', /default_operating_point/));

  it('of another version is told apart from a broken one', async () => {
    await rejectsWith(load({ manifest: changed('schema', 'voiceprint-manifest/3'), onnx }), 'manifest_version', /manifest\/3/);
    await rejectsWith(load({ manifest: changed('schema', 'something-else/1'), onnx }), 'manifest_invalid', /schema/);
    for (const manifest of [null, [], 'text', 7]) await rejectsWith(load({ manifest, onnx }), 'manifest_invalid');
  });

  it('whose values the core does not take is refused by the core', () =>
    rejectsWith(load({ manifest: changed('front_end.fbank.high_frequency_hz', 9000), onnx }), 'invalid_argument', /high/));
});

describe('a model', () => {
  it('is loaded from a folder, a manifest file, a file: URL or bytes', async () => {
    const path = modelFolder('good');
    const expected = untimed(await (await load(undefined)).embed(speechFile));
    const places = [path, `${path}/`, join(path, 'manifest.json'), pathToFileURL(path), pathToFileURL(path).href, { manifest: goodManifest, onnx }];
    const url = (file) => pathToFileURL(join(path, file));
    places.push({ manifest: url('manifest.json'), onnx: url('model.onnx'), cohort: url('cohort.bin') });
    for (const place of places) assert.deepEqual(untimed(await (await load(place)).embed(speechFile)), expected);
  });

  it('is loaded in a worker too', async () => {
    const voiceprint = await Voiceprint.load({ model: { manifest: goodManifest, onnx } });
    assert.equal((await voiceprint.embed(speechFile)).modelSha256, goodManifest.onnx.sha256);
    assert.equal(onnx.length, goodManifest.onnx.bytes, 'the bytes still belong to the caller');
    await voiceprint.dispose();
  });

  it('is loaded over HTTP; missing files and failing servers are told apart', async () => {
    const server = createServer((request, response) => {
      if (request.url.startsWith('/broken/')) response.writeHead(500).end();
      else if (request.url.startsWith('/good/')) response.end(readFileSync(join(bundledModel, request.url.slice(6))));
      else response.writeHead(404).end('not here');
    });
    await new Promise((resolve) => server.listen(0, resolve));
    const base = `http://localhost:${server.address().port}`;
    assert.equal((await (await load(`${base}/good`)).embed(speechFile)).quality.ok, true);
    await rejectsWith(load(`${base}/nothing`), 'model_not_found', /nothing\/manifest\.json/);
    await rejectsWith(load(`${base}/broken`), 'network', /500/);
    await new Promise((resolve) => server.close(resolve));
    await rejectsWith(load(`${base}/good`), 'network');
  });

  it('that is not there', async () => {
    await rejectsWith(load(join(folder, 'nowhere')), 'model_not_found', /nowhere/);
    await rejectsWith(Voiceprint.load({ model: join(folder, 'nowhere') }), 'model_not_found');
    const withoutOnnx = modelFolder('without-onnx', (path) => rmSync(join(path, goodManifest.onnx.file)));
    await rejectsWith(load(withoutOnnx), 'model_not_found', /model\.onnx/);
  });

  it('whose manifest is no JSON', async () => {
    const page = modelFolder('page', (path) => writeFileSync(join(path, 'manifest.json'), '<!doctype html><title>Not found</title>'));
    await rejectsWith(load(page), 'manifest_invalid', /doctype/);
  });

  it('that is truncated', async () => {
    const cut = modelFolder('cut', (path) => writeFileSync(join(path, goodManifest.onnx.file), onnx.subarray(0, onnx.length - 1)));
    await rejectsWith(load(cut), 'model_corrupt', /bytes/);
    await rejectsWith(load({ manifest: goodManifest, onnx: new Uint8Array() }), 'model_corrupt');
  });

  it('of which one bit differs', async () => {
    const flipped = onnx.slice();
    flipped[onnx.length >> 1] ^= 1;
    await rejectsWith(load({ manifest: goodManifest, onnx: flipped }), 'model_corrupt', /SHA-256/);
  });

  it('that is no ONNX, with a manifest that says so', async () => {
    const junk = new TextEncoder().encode('this is no network');
    const sha256 = Buffer.from(await crypto.subtle.digest('SHA-256', junk)).toString('hex');
    const manifest = { ...goodManifest, onnx: { ...goodManifest.onnx, bytes: junk.length, sha256 } };
    await rejectsWith(load({ manifest, onnx: junk }), 'model_corrupt', /ONNX Runtime/);
    await rejectsWith(Voiceprint.load({ model: { manifest, onnx: junk } }), 'model_corrupt', /ONNX Runtime/);
  });

  it('whose tensors are not those of its manifest', async () => {
    await rejectsWith(load({ manifest: changed('tensors.input', 'audio'), onnx }), 'model_corrupt', /"audio"/);
    await rejectsWith(load({ manifest: changed('tensors.output', 'scores'), onnx }), 'model_corrupt', /"scores"/);
    await rejectsWith(load({ manifest: changed('tensors.embedding_dim', 7), onnx }), 'model_corrupt', / 7\./);
    await rejectsWith(load({ manifest: changed('front_end.fbank.num_mel_bins', 40), onnx }), 'model_corrupt');
  });

  it('given as something else', async () => {
    await rejectsWith(load({ manifest: goodManifest, onnx: 'model.onnx' }), 'invalid_argument', /Uint8Array/);
    const manifest = pathToFileURL(join(bundledModel, 'manifest.json'));
    await rejectsWith(load({ manifest, onnx }), 'invalid_argument', /model\.onnx must be a URL/);
    await rejectsWith(load({ manifest, onnx: manifest, cohort: onnx }), 'invalid_argument', /model\.cohort must be a URL/);
  });
});
