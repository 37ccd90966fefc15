// Compressed audio that is no file becomes one for ffmpeg: without a name, so that nothing is left of it, however the process ends.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { dist, noise, temporaryFolder, wav16 } from './support.mjs';

const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
const folder = temporaryFolder();
const main = join(dist, 'cli', 'main.js');
const temporary = join(folder, 'tmp');
mkdirSync(temporary);
const env = { ...process.env, TMPDIR: temporary };

describe('a temporary copy', { skip: (!hasFfmpeg && 'there is no ffmpeg here') || (process.platform !== 'linux' && 'there is no /proc to look into') }, () => {
  const wav = join(folder, 'long.wav');
  writeFileSync(wav, wav16({ samples: noise(16000 * 600, 0.1), sampleRateHz: 16000 }));
  const flac = join(folder, 'long.flac');
  if (hasFfmpeg) execFileSync('ffmpeg', ['-v', 'error', '-i', wav, flac]);

  it('is decoded as the file is', () => {
    const embed = (args, input) => JSON.parse(spawnSync(process.execPath, [main, 'embed', ...args, '--json'], { input, env, encoding: 'utf8', maxBuffer: 1e8 }).stdout).recordings[0];
    assert.deepEqual(embed(['-'], readFileSync(flac)).quality, embed([flac]).quality);
    assert.deepEqual(readdirSync(temporary), []);
  });

  for (const signal of ['SIGINT', 'SIGKILL']) {
    it(`is gone when ${signal} ends the process in the middle of decoding`, async () => {
      const child = spawn(process.execPath, [main, 'embed', '-', '--json'], { env, stdio: ['pipe', 'ignore', 'ignore'] });
      child.stdin.on('error', () => {}).end(readFileSync(flac));
      const decodes = () => readdirSync('/proc').some((pid) => /^\d+$/.test(pid) && isChildOf(pid, child.pid));
      while (child.exitCode === null && !decodes()) await new Promise((resolve) => setTimeout(resolve, 5));
      await new Promise((resolve) => setTimeout(resolve, 100));
      child.kill(signal);
      const [, ended] = await once(child, 'close');
      assert.equal(ended, signal);
      assert.deepEqual(readdirSync(temporary), []);
    });
  }

  it('that cannot be made is told', () => {
    const { status, stdout } = spawnSync(process.execPath, [main, 'embed', '-', '--json'], { input: readFileSync(flac), env: { ...env, TMPDIR: join(folder, 'nowhere') }, encoding: 'utf8' });
    const { code, message } = JSON.parse(stdout).error;
    assert.deepEqual([status, code], [3, 'io']);
    assert.match(message, /copy of the recording for ffmpeg .*nowhere/);
  });
});

/** An ffmpeg that decodes. */
function isChildOf(pid, parent) {
  try {
    const words = readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ');
    return Number(words[3]) === parent && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('pcm_f32be');
  } catch {
    return false;
  }
}
