// `voiceprint record`, with programs on the PATH that stand for arecord, SoX and ffmpeg.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { dist, readWav16, speechFile, temporaryFolder } from './support.mjs';

const RATE_HZ = 48000;
const main = join(dist, 'cli', 'main.js');
const folder = temporaryFolder();

/** Speech as a recorder gives it: three samples for each at 16 kHz, on a straight line. */
const { samples } = readWav16(speechFile);
const raw = Buffer.alloc(6 * (samples.length - 1));
for (let i = 0; i < raw.length / 2; i++) {
  const [k, part] = [Math.floor(i / 3), (i % 3) / 3];
  raw.writeInt16LE(Math.round(32767 * (samples[k] + part * (samples[k + 1] - samples[k]))), 2 * i);
}
writeFileSync(join(folder, 'speech.raw'), raw);

let numPaths = 0;
/** A PATH on which only this program is, which notes its arguments and then does what `script` says. */
function pathWith(program, script) {
  const path = join(folder, `${program}-${++numPaths}`);
  mkdirSync(path);
  const file = join(path, program);
  writeFileSync(file, `#!/bin/sh\necho "$@" device "$AUDIODEV" > ${join(path, 'arguments')}\n${script}\n`);
  chmodSync(file, 0o755);
  return path;
}
const argumentsAt = (path) => readFileSync(join(path, 'arguments'), 'utf8');
const ENDLESS = `while :; do /bin/cat ${join(folder, 'speech.raw')}; done`;
const ONCE = `/bin/cat ${join(folder, 'speech.raw')}`;

const voiceprint = (PATH, ...args) => spawnSync(process.execPath, [main, ...args], { cwd: folder, env: { PATH }, encoding: 'utf8' });

describe('voiceprint record', () => {
  it('writes so many seconds of 16-bit mono at 48 kHz, and judges them', () => {
    const path = pathWith('arecord', ENDLESS);
    const { status, stdout, stderr } = voiceprint(path, 'record', 'two.wav', '--seconds', '2', '--json');
    assert.equal(status, 0, stderr);
    const { file, quality } = JSON.parse(stdout);
    assert.deepEqual([file, quality.ok, quality.durationS], ['two.wav', true, 2]);
    const written = readWav16(join(folder, 'two.wav'));
    assert.deepEqual([written.sampleRateHz, written.samples.length], [RATE_HZ, 2 * RATE_HZ]);
    assert.deepEqual(readFileSync(join(folder, 'two.wav')).subarray(44), raw.subarray(0, 4 * RATE_HZ), 'the samples as they came');
    assert.equal(argumentsAt(path), '-q -t raw -f S16_LE -c 1 -r 48000 device \n');
    assert.equal(existsSync(join(folder, 'two.wav.writing')), false);
  });

  for (const [program, expected] of [
    ['arecord', /-r 48000 -D hw:1 device hw:1$/],
    ['rec', /-t raw -e signed-integer -b 16 -L -c 1 -r 48000 - device hw:1$/],
    ['ffmpeg', /-i hw:1 -ac 1 -ar 48000 -f s16le - device hw:1$/],
  ]) {
    it(`takes ${program} where it is the one on the PATH, and tells it the device`, () => {
      const path = pathWith(program, ENDLESS);
      const { status, stdout, stderr } = voiceprint(path, 'record', `${program}.wav`, '--seconds', '1.5', '--device', 'hw:1');
      assert.equal(status, 0, stderr);
      assert.match(stdout, new RegExp(`^${program}\\.wav: good`));
      assert.match(argumentsAt(path).trimEnd(), expected);
    });
  }

  it('keeps what a program gave that ended early, and is read by the other commands from standard input', () => {
    const path = pathWith('arecord', ONCE);
    const { status, stdout } = spawnSync(process.execPath, [main, 'record', '-', '--seconds', '60'], { env: { PATH: path }, maxBuffer: 1e8 });
    assert.equal(status, 0);
    assert.deepEqual(stdout.subarray(44), raw);
    const compared = spawnSync(process.execPath, [main, 'compare', '-', speechFile, '--json'], { input: stdout, encoding: 'utf8' });
    assert.equal(JSON.parse(compared.stdout).decision, 'accept');
  });

  it('tells that the program failed in the middle, and keeps what there is', () => {
    const path = pathWith('arecord', `${ONCE}\necho "read error: No such device" >&2\nexit 1`);
    const { status, stdout } = voiceprint(path, 'record', 'lost.wav', '--seconds', '60', '--json');
    const { code, message } = JSON.parse(stdout).error;
    assert.deepEqual([status, code], [3, 'microphone_lost']);
    assert.match(message, /arecord ended before .*: read error: No such device\. The \d+\.\d s before are in lost\.wav\./);
    assert.deepEqual(readFileSync(join(folder, 'lost.wav')).subarray(44), raw);
  });

  it('stopped by Ctrl-C keeps what there is', async () => {
    const path = pathWith('arecord', `${ONCE}\nexec /bin/sleep 600`);
    const child = spawn(process.execPath, [main, 'record', 'stopped.wav', '--seconds', '600', '--json'], { cwd: folder, env: { PATH: path }, stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (piece) => (said += piece));
    while (!existsSync(join(path, 'arguments'))) await new Promise((resolve) => setTimeout(resolve, 50));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    child.kill('SIGINT');
    const [status] = await once(child, 'close');
    assert.equal(status, 0);
    assert.ok(JSON.parse(said).quality.netSpeechS > 1);
    assert.ok(readWav16(join(folder, 'stopped.wav')).samples.length > RATE_HZ);
  });

  it('of silence exits with 2 and says why', () => {
    const { status, stdout } = voiceprint(pathWith('arecord', '/bin/cat /dev/zero'), 'record', 'silence.wav', '--seconds', '1');
    assert.equal(status, 2);
    assert.match(stdout, /silence\.wav: .*no speech/);
  });

  it('without a program, a microphone or a sensible command line is an error', () => {
    const fails = (path, args, code, pattern) => {
      const { status, stdout } = voiceprint(path, 'record', ...args, '--json');
      const { error } = JSON.parse(stdout);
      assert.deepEqual([status, error.code], [3, code], error.message);
      assert.match(error.message, pattern);
    };
    const works = pathWith('arecord', ENDLESS);
    fails(temporaryFolder(), ['x.wav'], 'unsupported_environment', /install arecord .*, rec .* or ffmpeg/);
    fails(pathWith('arecord', 'echo "no soundcards found..." >&2; exit 1'), ['x.wav'], 'microphone_missing', /arecord recorded nothing: no soundcards found/);
    fails(works, [], 'invalid_argument', /one file/);
    fails(works, ['a.wav', 'b.wav'], 'invalid_argument', /one file/);
    fails(works, ['-'], 'invalid_argument', /--json/);
    for (const seconds of ['0', '-1', '4000', 'x']) fails(works, ['x.wav', `--seconds=${seconds}`], 'invalid_argument', /--seconds/);
    fails(works, ['nowhere/x.wav', '--seconds', '1'], 'io', /nowhere/);
    assert.equal(existsSync(join(folder, 'x.wav')), false);
  });
});
