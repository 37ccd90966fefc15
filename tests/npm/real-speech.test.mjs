// Real recordings through the shipped path: the error rate on a fixed part of the development trials.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { Voiceprint } from '../../npm/dist/index.node.js';
import { root, temporaryFolder } from './support.mjs';

const CONDITION = 'common-voice';
const TRIALS_OF_EACH_KIND = 150;

const speech = process.env.VOICEPRINT_SPEECH ?? join(root, '..', 'shared', 'speech');
const list = join(speech, 'dev', 'trials', `${CONDITION}.txt`);
const skip = !existsSync(list)
  ? `no development speech at ${speech}`
  : spawnSync('ffmpeg', ['-version']).status !== 0
    ? 'no ffmpeg to decode Opus'
    : false;

/** Evenly spread over the list, so that many speakers are in it. */
function pick(lines, count) {
  return Array.from({ length: count }, (_, i) => lines[Math.floor((i * lines.length) / count)]);
}

/** Where as many targets are rejected as non-targets are accepted, by trying every threshold. */
function equalErrorRate(targets, nonTargets) {
  let best = { gap: Infinity, rate: 1 };
  for (const threshold of [...targets, ...nonTargets]) {
    const misses = targets.filter((score) => score < threshold).length / targets.length;
    const falseAlarms = nonTargets.filter((score) => score >= threshold).length / nonTargets.length;
    const gap = Math.abs(misses - falseAlarms);
    if (gap < best.gap) best = { gap, rate: (misses + falseAlarms) / 2 };
  }
  return best.rate;
}

it(`tells speakers apart on ${2 * TRIALS_OF_EACH_KIND} trials of ${CONDITION}`, { skip }, async (test) => {
  const folder = temporaryFolder();
  const voiceprint = await Voiceprint.load();
  const decoded = new Map();
  /** 16 kHz WAV of an Opus file, decoded once. */
  const wavOf = (path) => {
    if (!decoded.has(path)) {
      const wav = join(folder, `${decoded.size}.wav`);
      execFileSync('ffmpeg', ['-v', 'error', '-i', join(speech, path), '-ar', '16000', '-c:a', 'pcm_s16le', wav]);
      decoded.set(path, wav);
    }
    return decoded.get(path);
  };

  const lines = readFileSync(list, 'utf8').trim().split('\n');
  const scores = { 1: [], 0: [] };
  const decisions = { accept: [0, 0], reject: [0, 0], inconclusive: [0, 0] };
  for (const kind of ['1', '0']) {
    for (const line of pick(lines.filter((text) => text.startsWith(kind)), TRIALS_OF_EACH_KIND)) {
      const [, a, b] = line.split(' ');
      const { llr, decision } = await voiceprint.compare(wavOf(a), wavOf(b));
      if (llr !== null) scores[kind].push(llr);
      decisions[decision][Number(kind)]++;
    }
  }
  await voiceprint.dispose();

  const { eer: expected } = voiceprint.model.evaluation.find(({ condition }) => condition === CONDITION);
  const rate = equalErrorRate(scores[1], scores[0]);
  // Three standard errors of a rate over so few trials.
  const bound = expected + 3 * Math.sqrt((expected * (1 - expected)) / TRIALS_OF_EACH_KIND);
  test.diagnostic(`EER ${(100 * rate).toFixed(1)} % (model card ${(100 * expected).toFixed(1)} %, bound ${(100 * bound).toFixed(1)} %)`);
  test.diagnostic(`decisions [non-target, target]: ${JSON.stringify(decisions)}`);
  assert.ok(scores[1].length >= 0.95 * TRIALS_OF_EACH_KIND && scores[0].length >= 0.95 * TRIALS_OF_EACH_KIND, 'nearly all recordings can be scored');
  assert.ok(rate <= bound, `EER ${rate}, bound ${bound}`);
});
