// The command: what it prints, and its exit status.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Voiceprint } from '../../npm/dist/index.node.js';
import { bundledModel, dist, linearManifest, otherSpeechFile, root, speechFile, temporaryFolder, untimed, wav16 } from './support.mjs';

const folder = temporaryFolder();
const silence = join(folder, 'silence.wav');
writeFileSync(silence, wav16({ samples: new Float32Array(32000), sampleRateHz: 16000 }));
const text = join(folder, 'text.wav');
writeFileSync(text, 'no recording');

function voiceprint(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(dist, 'cli', 'main.js'), ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** stdout is exactly one JSON object on one line. */
function json(stdout) {
  assert.match(stdout, /^\{.*\}\n$/);
  return JSON.parse(stdout);
}

let api;
before(async () => {
  api = await Voiceprint.load();
});
after(() => api.dispose());

describe('voiceprint compare', () => {
  it('--json prints what the API gives', async () => {
    const { status, stdout, stderr } = voiceprint('compare', speechFile, otherSpeechFile, '--json');
    const { pTarget, ...expected } = await api.compare(speechFile, otherSpeechFile);
    assert.deepEqual(Object.keys(json(stdout)), ['score', 'asNorm', 'llr', 'probability', 'threshold', 'decision', 'quality', 'timing']);
    assert.deepEqual(untimed(json(stdout)), JSON.parse(JSON.stringify(untimed(expected))));
    assert.equal(status, { accept: 0, reject: 1 }[expected.decision]);
    assert.equal(stderr, '');
  });

  it('exits with 0 for accept and says so in words', () => {
    const { status, stdout } = voiceprint('compare', speechFile, speechFile);
    assert.equal(status, 0);
    assert.match(stdout, /^Accept: .*one speaker\.\n/);
    assert.match(stdout, /^score {8}1\.0000$/m);
    assert.match(stdout, /^llr {10}\d+\.\d{3} \(threshold -?\d+\.\d{3};/m);
  });

  it('exits with 1 for reject', () => {
    // A threshold that only identical embeddings reach: whatever the model, these two are then two speakers.
    const strict = join(folder, 'strict');
    mkdirSync(strict);
    const manifest = linearManifest();
    manifest.operating_points.forEach((point) => {
      point.threshold_score = 0.99999;
      point.threshold_llr = point.threshold_score * manifest.calibration.scale + manifest.calibration.offset;
    });
    writeFileSync(join(strict, 'manifest.json'), JSON.stringify(manifest));
    writeFileSync(join(strict, manifest.onnx.file), readFileSync(join(bundledModel, manifest.onnx.file)));
    const { status, stdout } = voiceprint('compare', speechFile, otherSpeechFile, '--model', strict);
    assert.equal(status, 1);
    assert.match(stdout, /^Reject: /);
    assert.match(stdout, /^score {8}-?\d\.\d{4} \(threshold 1\.0000\)$/m);
  });

  it('exits with 2 for inconclusive and says why', () => {
    const { status, stdout } = voiceprint('compare', speechFile, silence);
    assert.equal(status, 2);
    assert.match(stdout, /^Inconclusive: /);
    assert.match(stdout, /silence\.wav: .*no speech/);
    assert.equal(json(voiceprint('compare', speechFile, silence, '--json').stdout).score, null);
  });

  it('exits with 3 for an error: in words on stderr, or as one JSON object', () => {
    const plain = voiceprint('compare', speechFile, text);
    assert.deepEqual([plain.status, plain.stdout], [3, '']);
    assert.match(plain.stderr, /^voiceprint: .*\(unsupported_format\)\n$/);
    const { status, stdout, stderr } = voiceprint('compare', speechFile, text, '--json');
    assert.deepEqual([status, stderr], [3, '']);
    assert.equal(json(stdout).error.code, 'unsupported_format');
    assert.ok(json(stdout).error.message.startsWith(`${text}: `), 'which of the two');
  });

  it('takes an operating point by false-alarm rate', () => {
    const strictest = Math.min(...api.model.operatingPoints.map((point) => point.targetFalseAlarmRate));
    const { stdout } = voiceprint('compare', speechFile, speechFile, '--json', '--far', `${strictest}`);
    assert.equal(json(stdout).threshold.targetFalseAlarmRate, strictest);
    for (const far of ['0', 'few', `${strictest / 10}`]) {
      const refused = voiceprint('compare', speechFile, speechFile, '--json', `--far=${far}`);
      assert.deepEqual([refused.status, json(refused.stdout).error.code], [3, 'invalid_argument'], far);
    }
  });

  it('takes another model', () => {
    assert.equal(voiceprint('compare', speechFile, speechFile, '--model', bundledModel).status, 0);
    const { status, stdout } = voiceprint('compare', speechFile, speechFile, '--json', '--model', folder);
    assert.deepEqual([status, json(stdout).error.code], [3, 'model_not_found']);
  });
});

describe('voiceprint embed', () => {
  it('--json prints one object with every vector', async () => {
    const { status, stdout } = voiceprint('embed', speechFile, otherSpeechFile, '--json');
    const { modelSha256, recordings } = json(stdout);
    assert.equal(status, 0);
    assert.equal(modelSha256, api.model.sha256);
    assert.deepEqual(recordings.map(({ file }) => file), [speechFile, otherSpeechFile]);
    assert.deepEqual(Float32Array.from(recordings[0].vector), (await api.embed(speechFile)).vector);
  });

  it('prints numbers, then quality, and exits with 2 where there is nothing to embed', () => {
    const { status, stdout } = voiceprint('embed', speechFile, silence);
    const [numbers, quality, nothing] = stdout.split('\n');
    assert.equal(status, 2);
    assert.equal(numbers.split(' ').map(Number).filter(Number.isFinite).length, api.model.embeddingDim);
    assert.match(quality, /speech_flite\.wav: good \(\d+\.\d s of speech/);
    assert.equal(nothing, 'nothing to embed');
  });

  it('tells of each recording that cannot be used, and goes on', () => {
    const { status, stdout } = voiceprint('embed', text, speechFile, silence, '--json');
    const [bad, good, nothing] = json(stdout).recordings;
    assert.equal(status, 3);
    assert.deepEqual([bad.file, bad.error.code], [text, 'unsupported_format']);
    assert.deepEqual([good.vector.length, nothing.vector], [api.model.embeddingDim, null]);
    const plain = voiceprint('embed', text, speechFile);
    assert.deepEqual([plain.status, plain.stderr.startsWith(`voiceprint: ${text}: `)], [3, true]);
    assert.match(plain.stdout, /speech_flite\.wav: good/);
  });

  it('exits with 3 for an error', () => {
    assert.equal(voiceprint('embed', join(folder, 'nowhere.wav')).status, 3);
  });
});

describe('voiceprint', () => {
  it('--help and --version', () => {
    const help = voiceprint('--help');
    assert.equal(help.status, 0);
    for (const word of ['compare A B', 'embed FILE', 'eval LIST', '--out DIR', '--audio-root DIR', '--resamplings N', '--json', '--model MODEL', '--far RATE', '0 accept, 1 reject, 2 inconclusive, 3 error']) {
      assert.ok(help.stdout.includes(word), word);
    }
    const { version } = JSON.parse(readFileSync(join(root, 'npm', 'package.json'), 'utf8'));
    assert.equal(voiceprint('--version').stdout, `voiceprint-wasm ${version}\n${api.model.name} ${api.model.version} ${api.model.sha256}\n`);
    const { name, version: modelVersion, sha256 } = api.model;
    assert.deepEqual(json(voiceprint('--version', '--json').stdout), { version, model: { name, version: modelVersion, sha256 } });
  });

  it('keeps its exit status when nobody reads what it prints', { skip: process.platform === 'win32' && 'there is no sh' }, () => {
    const script = `{ "$0" "$1" compare "$2" "$2"; echo "status $?" >&2; } | true`;
    const { stderr } = spawnSync('sh', ['-c', script, process.execPath, join(dist, 'cli', 'main.js'), speechFile], { encoding: 'utf8' });
    assert.equal(stderr, 'status 0\n');
  });

  it('tells that what it prints cannot be written', { skip: !existsSync('/dev/full') && 'there is no /dev/full here' }, () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [join(dist, 'cli', 'main.js'), '--version'], { stdio: ['ignore', full, 'pipe'], encoding: 'utf8' });
    assert.equal(status, 3);
    assert.match(stderr, /\(storage_full\)\n$/);
  });

  it('refuses what it does not know, with status 3 and a pointer to the help', () => {
    const calls = [[], ['frobnicate'], ['compare'], ['compare', 'a'], ['compare', 'a', 'b', 'c'], ['embed'], ['compare', 'a', 'b', '--frob'], ['embed', 'a', '--far', '1'], ['eval', '--out', folder], ['eval', 'trials.txt'], ['eval', 'trials.txt', '--out', folder, '--resamplings', 'many']];
    for (const args of calls) {
      const { status, stdout, stderr } = voiceprint(...args);
      assert.deepEqual([status, stdout], [3, ''], args.join(' '));
      assert.match(stderr, /^voiceprint: .*--help/);
    }
  });
});
