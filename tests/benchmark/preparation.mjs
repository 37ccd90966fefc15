// From FLAC files to a training on them: `trainer prepare` in seconds of audio per second of CPU time, and the share of the time that
// training waits for its loader.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('../../', import.meta.url).pathname;
const trainer = join(process.env.VOICEPRINT_TRAINER_DIR ?? join(root, 'build', 'trainer', 'trainer'), 'trainer');
const rounds = 3;
const hours = 1;
const speakers = 64;
const steps = 30;
const silent = { stdio: 'ignore' };

/** null where the trainer is not built or there is no ffmpeg to make FLAC. */
export function measurePreparation() {
  if (!existsSync(trainer) || spawnSync('ffmpeg', ['-version']).status !== 0) return null;
  const folder = mkdtempSync(join(tmpdir(), 'voiceprint-bench-'));
  try {
    const list = writeRecordings(folder);
    const pack = (round) => join(folder, `pack-${round}`);
    const seconds = Array.from({ length: rounds }, (_, round) => cpuSeconds([trainer, 'prepare', list, '--root', '/', '--threads', '1', '--out', pack(round)]));
    return { timesRealTime: (3600 * hours) / Math.min(...seconds), ...train(pack(0), join(folder, 'run')) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A synthetic voice of the repository, repeated: recordings of 10 s in FLAC at 16 kHz, no two alike. Gives a list of them. */
function writeRecordings(folder) {
  const voice = join(root, 'tests', 'data', 'speech_flite.wav');
  const cut = ['-f', 'segment', '-segment_format', 'flac', '-segment_time', '10', join(folder, '%04d.flac')];
  execFileSync('ffmpeg', ['-v', 'error', '-stream_loop', '-1', '-i', voice, '-t', `${3600 * hours}`, ...cut], silent);
  const files = readdirSync(folder).filter((file) => file.endsWith('.flac'));
  const list = join(folder, 'list.txt');
  writeFileSync(list, files.map((file, i) => `${join(folder, file)}\t${i % speakers}\n`).join(''));
  return list;
}

/** Of a program, user and system. */
function cpuSeconds(command) {
  const script = "TIMEFORMAT='%U %S'; time \"$@\" > /dev/null";
  const { status, stderr } = spawnSync('bash', ['-c', script, 'bash', ...command], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command.join(' ')} failed: ${stderr}`);
  const [user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return user + system;
}

/** ECAPA-TDNN with 256 channels under the shipped recipe's augmentation, but for recorded noise; the last third of the steps counts. */
function train(pack, out) {
  const recipe = join(root, 'trainer', 'recipes', 'voiceprint-small.json');
  const data = [`data.pack=${pack}`, 'data.noise_pack=', 'data.rir_pack=', 'data.min_crop_s=2', 'data.max_crop_s=2'];
  const run = ['model.channels=256', 'loss.contrast=0', 'run.trials=', `run.steps=${steps}`, `run.log_every=${steps / 3}`];
  execFileSync(trainer, ['train', recipe, ...data, ...run, '--out', out], silent);
  const last = JSON.parse(readFileSync(join(out, 'metrics.jsonl'), 'utf8').trim().split('\n').at(-1));
  return { cropsPerS: last.crops_per_s, loaderWait: last.loader_wait, loaderBusy: last.loader_busy };
}
