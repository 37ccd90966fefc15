// The commands about enrolled speakers: what they print, their exit statuses, standard input, encryption.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, linkSync, lstatSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { bundledModel, dist, root, speechFile, temporaryFolder, wav16 } from './support.mjs';

const folder = temporaryFolder();
const gallery = join(folder, 'family.voiceprints');
const sample = (voice, text) => join(root, 'web', 'samples', `${voice}-${text}.wav`);
const silence = join(folder, 'silence.wav');
writeFileSync(silence, wav16({ samples: new Float32Array(32000), sampleRateHz: 16000 }));

/** Runs the command in an empty folder, without this process's own settings. */
function run(args, { input, env = {} } = {}) {
  const { VOICEPRINT_GALLERY, VOICEPRINT_PASSPHRASE, ...rest } = process.env;
  const options = { cwd: folder, input, env: { ...rest, ...env }, encoding: 'utf8' };
  return spawnSync(process.execPath, [join(dist, 'cli', 'main.js'), ...args], options);
}

function json(args, options) {
  const { status, stdout } = run([...args, '--json'], options);
  assert.match(stdout, /^\{.*\}\n$/);
  return { status, ...JSON.parse(stdout) };
}

const enroll = (name, voice, ...more) => ['enroll', name, sample(voice, 'rain'), sample(voice, 'parcel'), '--utterances', '2', ...more];

before(() => {
  assert.equal(run(enroll('Ada', 'flite-slt', '--gallery', gallery)).status, 0);
  assert.equal(run(enroll('Bob', 'flite-rms', '--gallery', gallery)).status, 0);
});

describe('voiceprint enroll', () => {
  it('shows how far it is, and saves', () => {
    const { status, stdout } = run(enroll('Carol', 'flite-awb', '--gallery', join(folder, 'words.voiceprints')));
    assert.equal(status, 0);
    const lines = stdout.split('\n');
    assert.match(lines[0], /^\[#{10}\.{10}\] 50 % {2}.*flite-awb-rain\.wav: accepted, \d\.\d s of speech$/);
    assert.match(lines[1], /^\[#{20}\] 100 % /);
    assert.match(lines[2], /^Saved: Carol: 2 embeddings, \d\.\d s of speech/);
  });

  it('stores nothing of too little, and exits with 2', () => {
    const path = join(folder, 'little.voiceprints');
    const { status, saved, progress, steps, voiceprint } = json(['enroll', 'Ada', sample('flite-slt', 'rain'), silence, '--gallery', path]);
    assert.deepEqual([status, saved, Math.floor(progress), voiceprint], [2, false, 33, null]);
    assert.deepEqual(steps.map(({ accepted }) => accepted), [true, false]);
    assert.equal(existsSync(path), false);
    const { stdout } = run(['enroll', 'Ada', silence, sample('flite-slt', 'rain'), sample('espeak-en-gb', 'rain'), '--gallery', path]);
    assert.match(stdout, /silence\.wav: not accepted: .*no speech\n/);
    assert.match(stdout, /espeak-en-gb-rain\.wav: not accepted: another speaker than before\nNot saved: "Ada" is at 33 %/);
  });

  it('refuses a name that is taken, unless it is told what to do', () => {
    assert.equal(json(enroll('Ada', 'flite-slt', '--gallery', gallery)).error.code, 'already_enrolled');
    const copy = join(folder, 'copy.voiceprints');
    writeFileSync(copy, readFileSync(gallery));
    const extended = json(['enroll', 'Ada', speechFile, '--utterances', '1', '--extend', '--gallery', copy]);
    assert.deepEqual([extended.status, extended.voiceprint.numEmbeddings], [0, 3]);
    const replaced = json(['enroll', 'Ada', speechFile, '--utterances', '1', '--replace', '--gallery', copy]);
    assert.equal(replaced.voiceprint.numEmbeddings, 1);
  });
});

describe('voiceprint verify and identify', () => {
  it('exit with 0, 1, 2 and 3', () => {
    const verify = (name, file) => json(['verify', name, file, '--gallery', gallery]);
    assert.deepEqual([verify('Ada', speechFile).status, verify('Bob', sample('espeak-en-us-f3', 'rain')).status, verify('Ada', silence).status], [0, 1, 2]);
    const unknown = verify('nobody', speechFile);
    assert.deepEqual([unknown.status, unknown.error.code], [3, 'not_enrolled']);
    const identify = (...files) => json(['identify', ...files, '--gallery', gallery]);
    const { status, recordings } = identify(speechFile, sample('flite-rms', 'rain'));
    assert.deepEqual([status, recordings.map(({ match }) => match)], [0, ['Ada', 'Bob']]);
    assert.equal(identify(speechFile, silence).status, 2);
    assert.equal(identify(sample('espeak-en-gb', 'rain'), '--far', '0.01').status, 1);
    assert.equal(identify(join(folder, 'nowhere.wav')).status, 3);
  });

  it('tell of each recording that cannot be used, and go on', () => {
    const { status, recordings } = json(['identify', silence, 'nowhere.wav', speechFile, '--gallery', gallery]);
    assert.equal(status, 3);
    assert.deepEqual(recordings.map(({ file, error, match }) => [file, error?.code ?? match]), [[silence, null], ['nowhere.wav', 'io'], [speechFile, 'Ada']]);
    const plain = run(['identify', 'nowhere.wav', speechFile, '--gallery', gallery]);
    assert.equal(plain.status, 3);
    assert.match(plain.stderr, /^voiceprint: nowhere\.wav could not be read: .*\(io\)$/m);
    assert.match(plain.stdout, /speech_flite\.wav: Ada\n/);
  });

  it('say it in words', () => {
    assert.match(run(['verify', 'Ada', speechFile, '--gallery', gallery]).stdout, /^Accept: this sounds like "Ada"\.\nllr /);
    const { stdout } = run(['identify', speechFile, silence, '--top', '1', '--gallery', gallery]);
    assert.match(stdout, /speech_flite\.wav: Ada\n {2}1\. Ada {2}llr \d+\.\d+\n {2}threshold .* one of 2 in \d+\.\d % of searches\n/);
    assert.match(stdout, /silence\.wav: not good enough to tell\n/);
  });

  it('read standard input, as every command does', () => {
    const input = readFileSync(speechFile);
    assert.equal(json(['verify', 'Ada', '-', '--gallery', gallery], { input }).status, 0);
    assert.equal(json(['identify', '-', '--gallery', gallery], { input }).recordings[0].match, 'Ada');
    assert.equal(json(['compare', '-', speechFile], { input }).status, 0);
    assert.equal(json(['embed', '-'], { input }).recordings[0].vector.length, JSON.parse(readFileSync(join(bundledModel, 'manifest.json'), 'utf8')).tensors.embedding_dim);
    assert.equal(json(['compare', '-', '-'], { input }).error.code, 'invalid_argument');
    assert.equal(json(['verify', 'Ada', '-', '--gallery', gallery], { input: '' }).error.code, 'empty_audio');
  });
});

describe('voiceprint list, rename, remove, export, import', () => {
  it('do what they say', () => {
    const env = { VOICEPRINT_GALLERY: join(folder, 'other.voiceprints') };
    const names = () => json(['list'], { env }).voiceprints.map(({ name }) => name);
    assert.equal(run(['export', 'all.voiceprints', '--gallery', gallery]).status, 0);
    assert.deepEqual(json(['import', 'all.voiceprints'], { env }).imported, ['Ada', 'Bob']);
    assert.match(run(['list'], { env }).stdout, /^Ada: 2 embeddings, .*\nBob: 2 embeddings/);
    assert.equal(json(['import', 'all.voiceprints'], { env }).error.code, 'already_enrolled');
    assert.equal(json(['import', 'all.voiceprints', '--on-conflict', 'keep'], { env }).status, 0);
    assert.equal(json(['import', 'all.voiceprints', '--on-conflict', 'eat'], { env }).error.code, 'invalid_argument');
    assert.deepEqual(json(['rename', 'Ada', 'Augusta'], { env }).to, 'Augusta');
    assert.deepEqual(json(['remove', 'Bob'], { env }).removed, ['Bob']);
    assert.deepEqual(names(), ['Augusta']);
    assert.equal(json(['remove', 'Bob'], { env }).error.code, 'not_enrolled');
    assert.equal(json(['import', silence], { env }).error.code, 'gallery_corrupt');
    assert.equal(json(['import', 'nowhere'], { env }).error.code, 'io');
  });

  it('pipe a gallery from one to another', () => {
    const { VOICEPRINT_GALLERY, VOICEPRINT_PASSPHRASE, ...env } = process.env;
    const main = join(dist, 'cli', 'main.js');
    const exported = spawnSync(process.execPath, [main, 'export', '-', 'Bob', '--gallery', gallery], { cwd: folder, env });
    assert.equal(exported.status, 0);
    assert.deepEqual(json(['import', '-', '--gallery', 'piped.voiceprints'], { input: exported.stdout }).imported, ['Bob']);
  });

  it('encrypt with a passphrase that is not on the command line', () => {
    const [secret, other, path] = ['secret.txt', 'other.txt', 'encrypted.voiceprints'];
    writeFileSync(join(folder, secret), 'open sesame\n');
    writeFileSync(join(folder, other), 'open sesami\n');
    run(['export', 'plain.voiceprints', '--gallery', gallery]);
    assert.equal(run(['import', 'plain.voiceprints', '--gallery', path, '--passphrase-file', secret]).status, 0);
    // Longer than a name: three letters are among kilobytes of cipher once in some thousand runs.
    const isReadable = (file) => readFileSync(join(folder, file)).includes('voiceprint-small');
    assert.deepEqual([isReadable('plain.voiceprints'), isReadable(path)], [true, false]);
    assert.equal(json(['list', '--gallery', path], { env: { VOICEPRINT_PASSPHRASE: 'open sesame' } }).voiceprints.length, 2);
    const refusal = (...args) => {
      const { code, message } = json(['list', '--gallery', ...args]).error;
      return `${code}: ${message}`;
    };
    assert.match(refusal(path, '--passphrase-file', other), /^wrong_key: The gallery encrypted\.voiceprints .*--passphrase-file/);
    assert.match(refusal(path), /^wrong_key: The gallery encrypted\.voiceprints is encrypted.*--passphrase-file FILE or \$VOICEPRINT_PASSPHRASE\.$/);
    assert.match(refusal('plain.voiceprints', '--passphrase-file', secret), /^gallery_corrupt: The gallery plain\.voiceprints is not encrypted: leave --passphrase-file/);
    assert.match(refusal(path, '--passphrase-file', 'nowhere'), /^io: The passphrase file nowhere/);
  });

  it('never export onto the gallery itself, by whatever name', () => {
    const before = readFileSync(gallery);
    symlinkSync(gallery, join(folder, 'symbolic'));
    linkSync(gallery, join(folder, 'hard'));
    for (const file of [gallery, 'symbolic', 'hard']) {
      const { status, error } = json(['export', file, 'Ada', '--gallery', gallery]);
      assert.deepEqual([status, error.code], [3, 'invalid_argument']);
      assert.match(error.message, /is the gallery itself/);
    }
    assert.deepEqual(readFileSync(gallery), before);
  });

  it('export into a pipe that is there, and over the file that a link names', { skip: process.platform === 'win32' && 'there are no FIFOs' }, async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reader = spawn('cat', [pipe]);
    let numBytes = 0;
    reader.stdout.on('data', (piece) => (numBytes += piece.length));
    const closed = once(reader, 'close');
    assert.equal(run(['export', pipe, '--gallery', gallery]).status, 0);
    await closed;
    assert.equal(numBytes, readFileSync(gallery).length);
    assert.ok(lstatSync(pipe).isFIFO());
    writeFileSync(join(folder, 'backup'), '');
    symlinkSync('backup', join(folder, 'latest'));
    assert.equal(run(['export', 'latest', '--gallery', gallery]).status, 0);
    assert.ok(lstatSync(join(folder, 'latest')).isSymbolicLink());
    assert.deepEqual(readFileSync(join(folder, 'backup')), readFileSync(gallery));
    assert.deepEqual(readdirSync(folder).filter((name) => name.endsWith('.writing')), []);
  });

  it('remove all names or none', () => {
    writeFileSync(join(folder, 'three.voiceprints'), readFileSync(gallery));
    const place = ['--gallery', 'three.voiceprints'];
    const { status, error } = json(['remove', 'Ada', 'Nobody', 'Bob', ...place]);
    assert.deepEqual([status, error.code], [3, 'not_enrolled']);
    assert.match(error.message, /"Nobody": nothing was removed/);
    assert.equal(json(['list', ...place]).voiceprints.length, 2);
    assert.deepEqual(json(['remove', 'Ada', 'Ada', 'Bob', ...place]).removed, ['Ada', 'Bob']);
  });

  it('name the option whose number is none', () => {
    for (const [args, pattern] of [
      [['verify', 'Ada', speechFile, '--far', 'abc'], /^--far must be a number above 0 and at most 1, not "abc"/],
      [['enroll', 'New', speechFile, '--seconds', 'abc'], /^--seconds must be a number above 0, not "abc"/],
      [['enroll', 'New', speechFile, '--utterances', '0'], /^--utterances /],
      [['identify', speechFile, '--top', '1.5'], /^--top must be a whole number/],
    ]) {
      const { status, error } = json([...args, '--gallery', gallery]);
      assert.deepEqual([status, error.code], [3, 'invalid_argument']);
      assert.match(error.message, pattern);
    }
  });

  it('tell a gallery that is not there', () => {
    const { status, stderr } = run(['list', '--gallery', 'nowhere.voiceprints']);
    assert.equal(status, 3);
    assert.match(stderr, /There is no gallery nowhere\.voiceprints: .*--gallery/);
  });

  it('refuse wrong operands with a pointer to the help', () => {
    const calls = [['enroll'], ['enroll', 'Ada'], ['verify', 'Ada'], ['verify', 'a', 'b', 'c'], ['identify'], ['list', 'x'], ['rename', 'x'], ['remove'], ['export'], ['import'], ['import', 'a', 'b'], ['enroll', 'x', speechFile, '--extend', '--replace']];
    for (const args of calls) {
      const { status, stderr } = run([...args, '--gallery', gallery]);
      assert.equal(status, 3, args.join(' '));
      assert.match(stderr, /--help/, args.join(' '));
    }
  });
});
