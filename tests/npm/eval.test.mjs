// `voiceprint eval`: what it writes, that its numbers are those of slow formulas, and how it refuses bad lists.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Voiceprint } from '../../npm/dist/index.node.js';
import { bundledModel, dist, root, temporaryFolder, wav16 } from './support.mjs';

const folder = temporaryFolder();
const samples = join(root, 'web', 'samples');
/** Three synthetic voices, two sentences each, in a folder per voice. */
const voices = { awb: 'flite-awb', rms: 'flite-rms', gb: 'espeak-en-gb' };
for (const [voice, prefix] of Object.entries(voices)) {
  mkdirSync(join(folder, 'audio', voice), { recursive: true });
  for (const text of ['parcel', 'rain']) cpSync(join(samples, `${prefix}-${text}.wav`), join(folder, 'audio', voice, `${text}.wav`));
}
writeFileSync(join(folder, 'audio', 'awb', 'silence.wav'), wav16({ samples: new Float32Array(32000), sampleRateHz: 16000 }));

const trials = [];
for (const a of Object.keys(voices)) {
  trials.push([1, `${a}/parcel.wav`, `${a}/rain.wav`]);
  for (const b of Object.keys(voices)) if (a !== b) trials.push([0, `${a}/parcel.wav`, `${b}/rain.wav`]);
}

function list(name, rows) {
  const path = join(folder, name);
  writeFileSync(path, `${rows.map((row) => row.join(' ')).join('\n')}\n`);
  return path;
}

function runEval(lists, out, ...options) {
  const args = [join(dist, 'cli', 'main.js'), 'eval', ...lists, '--out', join(folder, out), '--audio-root', join(folder, 'audio'), ...options];
  return spawnSync(process.execPath, args, { encoding: 'utf8' });
}
const read = (out, file) => readFileSync(join(folder, out, file), 'utf8');

describe('voiceprint eval', () => {
  it('writes one line per trial with the score that compare gives, and metrics of them', async () => {
    const withSilence = [...trials, [1, 'awb/silence.wav', 'awb/rain.wav']];
    const { status, stdout, stderr } = runEval([list('voices.txt', withSilence)], 'report', '--resamplings', '50');
    assert.equal(status, 0, stderr);
    assert.match(stdout, /EER %/);
    assert.match(stdout, /voices\s+llr\s+3\s+3\s+6\s+1/);
    assert.match(stderr, /embed 7\/7/);

    const voiceprint = await Voiceprint.load({ worker: false });
    const lines = (kind) => read('report', `voices.${kind}.txt`).trimEnd().split('\n').map((line) => line.split(' '));
    const [scores, llrs] = [lines('scores'), lines('llrs')];
    assert.equal(scores.length, withSilence.length);
    for (const [i, [label, a, b]] of withSilence.entries()) {
      assert.deepEqual([scores[i][0], ...scores[i].slice(2)], [`${label}`, a, b]);
      const { score, llr } = await voiceprint.compare(join(folder, 'audio', a), join(folder, 'audio', b));
      if (score === null) assert.deepEqual([scores[i][1], llrs[i][1]], ['nan', 'nan']);
      else {
        assert.ok(Math.abs(scores[i][1] - score) < 1e-7);
        assert.ok(Math.abs(llrs[i][1] - llr) < 1e-5);
      }
    }

    const { model, lists } = JSON.parse(read('report', 'report.json'));
    assert.equal(model.sha256, voiceprint.model.sha256);
    const [{ cosine, llr, skipped, decisions }] = lists;
    assert.equal(skipped, 1);
    assert.equal(decisions.operatingPoint, voiceprint.model.defaultOperatingPoint);
    assert.deepEqual([cosine.targets, cosine.nonTargets, cosine.speakers], [3, 6, 3]);
    assert.equal(cosine.cllr, null);
    // By their definitions.
    const [targets, nonTargets] = [1, 0].map((label) => llrs.filter((line) => line[0] === `${label}` && line[1] !== 'nan').map((line) => Number(line[1])));
    const mean = (values, f) => values.reduce((sum, value) => sum + f(value), 0) / values.length;
    const cllr = (mean(targets, (x) => Math.log2(1 + Math.exp(-x))) + mean(nonTargets, (x) => Math.log2(1 + Math.exp(x)))) / 2;
    assert.ok(Math.abs(llr.cllr.value - cllr) < 1e-6);
    for (const { pTarget, minDcf, actDcf } of llr.costs) {
      const cost = (threshold) =>
        (pTarget * mean(targets, (x) => Number(x < threshold)) + (1 - pTarget) * mean(nonTargets, (x) => Number(x >= threshold))) / Math.min(pTarget, 1 - pTarget);
      assert.ok(Math.abs(actDcf.value - cost(Math.log((1 - pTarget) / pTarget))) < 1e-9);
      assert.ok(Math.abs(minDcf.value - Math.min(...[...targets, ...nonTargets, Infinity].map(cost))) < 1e-9);
      assert.ok(minDcf.value <= actDcf.value && minDcf.value <= 1);
    }
    assert.ok(Math.abs(cosine.eer.value - llr.eer.value) < 1e-9, 'a linear calibration changes no rank');
  });

  it('goes on where it was stopped, and starts anew for another model', () => {
    const cache = join(folder, 'report', 'embeddings.jsonl');
    const [header, first, second] = readFileSync(cache, 'utf8').split('\n');
    const before = read('report', 'voices.scores.txt');
    writeFileSync(cache, `${header}\n${first}\n${second.slice(0, 40)}`);
    const again = runEval([join(folder, 'voices.txt')], 'report', '--resamplings', '0');
    assert.equal(again.status, 0, again.stderr);
    assert.equal(read('report', 'voices.scores.txt'), before);
    assert.equal(readFileSync(cache, 'utf8').trimEnd().split('\n').length, 8);
    assert.equal(JSON.parse(read('report', 'report.json')).lists[0].llr.eer.interval, null);
    const another = JSON.stringify({ ...JSON.parse(header), modelSha256: '0'.repeat(64) });
    writeFileSync(cache, `${another}\n${first}\n`);
    assert.equal(runEval([join(folder, 'voices.txt')], 'report', '--resamplings', '0').status, 0);
    assert.equal(read('report', 'voices.scores.txt'), before);
    assert.equal(statSync(cache).mode & 0o777, 0o600);
  });

  it('starts anew where the model has other quality limits', () => {
    const model = join(folder, 'model');
    cpSync(bundledModel, model, { recursive: true });
    const run = () => runEval([list('limits.txt', trials)], 'limits', '--resamplings', '0', '--model', model, '--json');
    const inconclusive = ({ stdout }) => JSON.parse(stdout).lists[0].decisions.inconclusive;
    assert.equal(inconclusive(run()), 0);
    const manifest = JSON.parse(readFileSync(join(model, 'manifest.json'), 'utf8'));
    manifest.quality_limits.min_net_speech_s = 1000;
    writeFileSync(join(model, 'manifest.json'), JSON.stringify(manifest));
    assert.equal(inconclusive(run()), trials.length);
  });

  it('--json prints the report; paths in lists may be absolute', () => {
    const path = list('absolute.txt', trials.map(([label, ...files]) => [label, ...files.map((file) => join(folder, 'audio', file))]));
    const { status, stdout, stderr } = runEval([path], 'absolute', '--resamplings', '0', '--json');
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^\{.*\}\n$/);
    assert.deepEqual(JSON.parse(stdout), JSON.parse(read('absolute', 'report.json')));
  });

  it('names a file that it cannot read or write', () => {
    mkdirSync(join(folder, 'odd', 'x.txt'), { recursive: true });
    writeFileSync(join(folder, 'file'), '');
    for (const [places, out, pattern] of [
      [[join(folder, 'odd')], 'never', /x\.txt could not be read: .*\(io\)/],
      [[list('voices.txt', trials)], 'file', /file could not be written: .*\(io\)/],
    ]) {
      const { status, stderr } = runEval(places, out);
      assert.equal(status, 3);
      assert.match(stderr, pattern);
    }
  });

  it('reads folders of lists and Kaldi lists', () => {
    mkdirSync(join(folder, 'lists'));
    list('lists/kaldi.txt', trials.map(([label, a, b]) => [a, b, label ? 'target' : 'nontarget']));
    list('lists/plain.txt', trials);
    const { status, stderr } = runEval([join(folder, 'lists')], 'folder', '--resamplings', '0');
    assert.equal(status, 0, stderr);
    assert.equal(read('folder', 'kaldi.scores.txt'), read('folder', 'plain.scores.txt'));
  });

  const targets = trials.filter(([label]) => label);
  const nonTargets = trials.filter(([label]) => !label);
  const bad = {
    'an unknown file': [[...trials, [1, 'awb/rain.wav', 'awb/gone.wav']], 'io', /gone\.wav.*--audio-root/],
    'no targets': [nonTargets, 'invalid_argument', /no target trial \(label 1\)/],
    'no non-targets': [targets, 'invalid_argument', /no non-target trial \(label 0\)/],
    'a duplicate line': [[...trials, trials[0]], 'invalid_argument', /line 10: the same pair as in line 1/],
    'a line of two words': [[...trials, ['1', 'awb/rain.wav']], 'invalid_argument', /line 10: expected '1 A B'/],
    'another label': [[...trials, ['2', 'awb/rain.wav', 'rms/rain.wav']], 'invalid_argument', /line 10: expected/],
    'nothing': [[[]], 'invalid_argument', /no target/],
    'one speaker': [[[1, 'awb/parcel.wav', 'awb/rain.wav'], [0, 'awb/rain.wav', 'awb/parcel.wav']], 'undefined_value', /one speaker.*--resamplings 0/],
    'no scored target': [[[1, 'awb/silence.wav', 'awb/rain.wav'], ...nonTargets], 'undefined_value', /No target trials.*holds nothing to embed/],
  };
  for (const [what, [rows, code, pattern]] of Object.entries(bad)) {
    it(`refuses a list with ${what}`, () => {
      const { status, stdout, stderr } = runEval([list('bad.txt', rows)], 'bad');
      assert.deepEqual([status, stdout], [3, '']);
      assert.match(stderr, pattern);
      assert.match(stderr, new RegExp(`\\(${code}\\)\\n$`));
      assert.equal(existsSync(join(folder, 'bad', 'report.json')), false);
    });
  }

  it('refuses a list that is not there, an empty folder, and two lists of one name', () => {
    mkdirSync(join(folder, 'empty'));
    for (const [places, pattern] of [
      [['nowhere.txt'], /no such trial list/],
      [[join(folder, 'empty')], /no \.txt/],
      [[join(folder, 'voices.txt'), join(folder, 'voices.txt')], /both named "voices"/],
    ]) {
      const { status, stderr } = runEval(places, 'bad');
      assert.equal(status, 3);
      assert.match(stderr, pattern);
    }
  });
});
