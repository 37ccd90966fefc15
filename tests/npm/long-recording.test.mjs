// A recording of 3 hours: bounded memory, progress, abort. The file is sparse: speech in the second hour, silence around it.
import assert from 'node:assert/strict';
import { openSync, closeSync, ftruncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Voiceprint } from '../../npm/dist/index.node.js';
import { readWav16, rejectsWith, speechFile, temporaryFolder, wav16, wavHeader } from './support.mjs';

const RATE = 16000;
const SECONDS = 3 * 3600;
const FILE_BYTES = 44 + 2 * RATE * SECONDS;
const MEMORY_LIMIT = 150e6;

const path = join(temporaryFolder(), 'long.wav');
const speech = readWav16(speechFile);
let voiceprint;

before(async () => {
  const file = openSync(path, 'w');
  writeSync(file, wavHeader(FILE_BYTES - 44, { rate: RATE }));
  const spoken = wav16(speech).subarray(44);
  for (let i = 0; i < 5; i++) writeSync(file, spoken, 0, spoken.length, 44 + 2 * RATE * (3600 + 20 * i));
  ftruncateSync(file, FILE_BYTES);
  closeSync(file);
  voiceprint = await Voiceprint.load();
  await voiceprint.embed(speechFile);
});
after(() => voiceprint.dispose());

describe('a recording of 3 hours', () => {
  it('is judged in bounded memory, with progress', async () => {
    const atStart = process.memoryUsage().rss;
    let highest = atStart;
    const sampling = setInterval(() => {
      highest = Math.max(highest, process.memoryUsage().rss);
    }, 20);
    const fractions = [];
    const { quality, vector } = await voiceprint.embed(path, { onProgress: (fraction) => fractions.push(fraction) });
    clearInterval(sampling);
    assert.ok(highest - atStart < MEMORY_LIMIT, `grew by ${Math.round((highest - atStart) / 1e6)} MB of ${Math.round(FILE_BYTES / 1e6)} MB`);
    assert.ok(fractions.length > 10);
    assert.equal(quality.durationS, SECONDS);
    assert.ok(quality.netSpeechS > 8 && quality.netSpeechS < 20, `${quality.netSpeechS} s of speech`);
    const { vector: short } = await voiceprint.embed(speechFile);
    assert.ok(vector.reduce((sum, value, i) => sum + value * short[i], 0) > 0.9);
  });

  it('is drawn', async () => {
    const { peaks, logMel, logMelBins, speech: intervals } = await voiceprint.analyze(path, { maxFrames: 300, numPeaks: 600 });
    assert.ok(peaks.length / 2 > 500 && peaks.length / 2 <= 600);
    assert.ok(logMel.length / logMelBins > 250 && logMel.length / logMelBins <= 300);
    assert.ok(intervals.every(([begin, end]) => begin > 3599 && end < 3700));
    const loudest = peaks.indexOf(Math.max(...peaks));
    assert.equal(Math.floor((loudest / peaks.length) * 3), 1, 'in the second hour');
  });

  it('can be aborted at once', async () => {
    const abort = new AbortController();
    await rejectsWith(voiceprint.embed(path, { signal: abort.signal, onProgress: () => abort.abort() }), 'aborted');
    const start = performance.now();
    await voiceprint.embed(speechFile);
    assert.ok(performance.now() - start < 3000);
  });
});
