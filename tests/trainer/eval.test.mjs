// `trainer eval` and `voiceprint eval` on the same lists: one score and one LLR per trial, the same figures of them, the same decisions.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dist, root, temporaryFolder } from '../npm/support.mjs';

const trainer = join(process.env.VOICEPRINT_TRAINER_DIR ?? join(root, 'build', 'trainer', 'trainer'), 'trainer');
const model = join(root, 'models', 'voiceprint-small');
const runs = (program, flag) => spawnSync(program, [flag]).status === 0;
const skip = !existsSync(trainer) ? `the trainer is not built (${trainer})` : runs('gnuplot', '--version') ? false : 'no gnuplot for the report';

const speech = process.env.VOICEPRINT_SPEECH ?? join(root, '..', 'shared', 'speech');
const trialsOfEachKind = 10;

const folder = temporaryFolder();

/** `label number enroll test` per line, in one map from trial to number; not a number where there is no score. */
function readNumbers(file) {
  const lines = readFileSync(file, 'utf8').trim().split('\n').filter((line) => !line.startsWith('#'));
  return new Map(lines.map((line) => line.split(' ')).map(([label, number, a, b]) => [`${label} ${a} ${b}`, Number(number)]));
}

function agree(ours, theirs, tolerance) {
  assert.deepEqual([...ours.keys()], [...theirs.keys()]);
  for (const [trial, number] of ours) {
    const other = theirs.get(trial);
    assert.ok(Object.is(number, other) || Math.abs(number - other) < tolerance, `${trial}: ${number} against ${other}`);
  }
}

/** The trials, "1 A B" each, through both programs, which write below `name`. */
function evaluateTwice(name, audioRoot, trials) {
  const out = join(folder, name);
  mkdirSync(out);
  const list = join(out, 'list.txt');
  writeFileSync(list, `${trials.join('\n')}\n`);
  const silent = { stdio: ['ignore', 'ignore', 'pipe'] };
  const common = [list, '--audio-root', audioRoot, '--resamplings', '0'];
  execFileSync(trainer, ['eval', '--model', model, ...common, '--no-cache', '--calibration', 'model', '--scores', join(out, 'scores.txt'), '--llrs', join(out, 'llrs.txt'),
    '--out', join(out, 'trainer')], silent);
  execFileSync(process.execPath, [join(dist, 'cli', 'main.js'), 'eval', ...common, '--out', join(out, 'npm')], silent);
  return out;
}

function compareEvaluations(out) {
  agree(readNumbers(join(out, 'scores.txt')), readNumbers(join(out, 'npm', 'list.scores.txt')), 1e-4);
  agree(readNumbers(join(out, 'llrs.txt')), readNumbers(join(out, 'npm', 'list.llrs.txt')), 1e-3);
  const [native] = JSON.parse(readFileSync(join(out, 'trainer', 'metrics.json'), 'utf8')).systems[0].conditions;
  const [client] = JSON.parse(readFileSync(join(out, 'npm', 'report.json'), 'utf8')).lists;
  assert.deepEqual([native.targets, native.non_targets, native.skipped], [client.cosine.targets, client.cosine.nonTargets, client.skipped]);
  assert.ok(Math.abs(native.eer.value - client.cosine.eer.value) < 1e-6, 'EER of the scores');
  assert.ok(Math.abs(native.llr.eer.value - client.llr.eer.value) < 1e-6, 'EER of the LLRs');
  assert.ok(Math.abs(native.llr.cllr.value - client.llr.cllr.value) < 1e-3, 'Cllr');
  for (const { p_target: pTarget, min_dcf: minDcf, act_dcf: actDcf } of native.llr.costs) {
    const cost = client.llr.costs.find((one) => one.pTarget === pTarget);
    assert.ok(Math.abs(minDcf.value - cost.minDcf.value) < 1e-6, `minDCF at ${pTarget}`);
    assert.ok(Math.abs(actDcf.value - cost.actDcf.value) < 1e-6, `actDCF at ${pTarget}`);
  }
  return client;
}

/** How often `trainer compare` is wrong, and how often it does not decide: what `voiceprint eval` says of the default operating point. */
function decisionRates(audioRoot, trials) {
  const wrong = { 1: 'reject', 0: 'accept' };
  const judged = { 1: [], 0: [] };
  for (const trial of trials) {
    const [label, ...names] = trial.split(' ');
    const { stdout } = spawnSync(trainer, ['compare', '--model', model, ...names.map((name) => join(audioRoot, name))], { encoding: 'utf8' });
    const { decision } = JSON.parse(stdout);
    if (decision !== 'inconclusive') judged[label].push(decision === wrong[label]);
  }
  const rate = (errors) => (errors.length === 0 ? null : errors.filter(Boolean).length / errors.length);
  return { missRate: rate(judged[1]), falseAlarmRate: rate(judged[0]), inconclusive: trials.length - judged[1].length - judged[0].length };
}

test('synthetic voices: trainer and package give the same scores, LLRs, metrics and decisions', { skip }, () => {
  const audioRoot = join(folder, 'voices');
  const samples = join(root, 'web', 'samples');
  const names = readdirSync(samples).filter((name) => name.endsWith('.wav')).sort().map((name) => {
    const [, voice, text] = /^(.*)-(.*)$/.exec(name);
    mkdirSync(join(audioRoot, voice), { recursive: true });
    symlinkSync(join(samples, name), join(audioRoot, voice, text));
    return `${voice}/${text}`;
  });
  const voice = (name) => name.split('/')[0];
  const pairs = names.flatMap((a, i) => [names[i + 1], names[i + 3]].filter((b) => b !== undefined).map((b) => [a, b]));
  // Some labels are wrong: figures of trials without an error would agree whatever the scores.
  const trials = pairs.map(([a, b], i) => `${Number((voice(a) === voice(b)) !== (i % 5 === 0))} ${a} ${b}`);
  const { decisions, llr } = compareEvaluations(evaluateTwice('synthetic', audioRoot, trials));
  assert.ok(llr.eer.value > 0);
  const { operatingPoint, ...rates } = decisions;
  assert.equal(operatingPoint, JSON.parse(readFileSync(join(model, 'manifest.json'), 'utf8')).default_operating_point);
  assert.deepEqual(rates, decisionRates(audioRoot, trials));
});

for (const condition of ['arabic-1s', 'common-voice', 'speechocean762-adults', 'speechocean762-children']) {
  const list = join(speech, 'dev', 'trials', `${condition}.txt`);
  const skipHere = skip || (!existsSync(list) ? `no development speech at ${speech}` : runs('ffmpeg', '-version') ? false : 'no ffmpeg to decode Opus');
  test(`${condition}: trainer and package give the same scores, LLRs and metrics`, { skip: skipHere }, () => {
    const lines = readFileSync(list, 'utf8').trim().split('\n');
    const spread = (kind) => Array.from({ length: trialsOfEachKind }, (_, i) => kind[Math.floor((i * kind.length) / trialsOfEachKind)]);
    const trials = ['1', '0'].flatMap((label) => spread(lines.filter((line) => line.startsWith(label))));
    compareEvaluations(evaluateTwice(condition, speech, trials));
  });
}
