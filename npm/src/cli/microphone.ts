/** The microphone of this machine, by a recording program of the system: Node has none of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { VoiceprintError } from '../error.js';

/** What is asked of every program; the core resamples to the model's rate. */
export const RATE_HZ = 48_000;

interface RecordingProgram {
  readonly name: string;
  /** Arguments for endless raw 16-bit mono samples on standard output; `device` null: the system's choice. */
  readonly argumentsFor: (device: string | null) => string[];
}

/** What ffmpeg reads microphones by, and its name for the system's choice. */
const FFMPEG_INPUTS: Partial<Record<NodeJS.Platform, readonly [format: string, device: string]>> = {
  linux: ['pulse', 'default'],
  darwin: ['avfoundation', ':default'],
  win32: ['dshow', 'audio=default'],
};

const PROGRAMS: readonly RecordingProgram[] = [
  {
    name: 'arecord',
    argumentsFor: (device) => [
      ...['-q', '-t', 'raw', '-f', 'S16_LE', '-c', '1', '-r', String(RATE_HZ)],
      ...(device === null ? [] : ['-D', device]),
    ],
  },
  {
    name: 'rec', // of SoX, which reads the device from AUDIODEV
    argumentsFor: () => [
      ...['-q', '-t', 'raw', '-e', 'signed-integer', '-b', '16', '-L', '-c', '1'],
      '-r',
      String(RATE_HZ),
      '-',
    ],
  },
  {
    name: 'ffmpeg',
    argumentsFor: (device) => {
      const [format, byDefault] = FFMPEG_INPUTS[process.platform] ?? ['pulse', 'default'];
      const input = ['-f', format, '-i', device ?? byDefault];
      return ['-v', 'error', '-nostdin', ...input, '-ac', '1', '-ar', String(RATE_HZ), '-f', 's16le', '-'];
    },
  },
];

/** The first of the programs that the PATH has. Throws `unsupported_environment` with the cure. */
function findProgram(): RecordingProgram & { readonly path: string } {
  const { PATH = '' }: { readonly PATH?: string } = process.env;
  for (const program of PROGRAMS) {
    for (const folder of PATH.split(delimiter)) {
      const path = join(folder, process.platform === 'win32' ? `${program.name}.exe` : program.name);
      if (isExecutable(path)) return { ...program, path };
    }
  }
  throw new VoiceprintError(
    'unsupported_environment',
    'No program to record with is on the PATH: install arecord (package alsa-utils), rec (package sox) or ffmpeg.',
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Little-endian 16-bit mono samples at RATE_HZ, in pieces as they come, until `signal` fires or the program ends. Throws `microphone_missing` where it
 * gave none, `microphone_lost` where it failed later, with what it said.
 */
export async function* listen(device: string | null, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { path, name, argumentsFor } = findProgram();
  const env = { ...process.env, ...(device === null ? {} : { AUDIODEV: device }) };
  const program = spawn(path, argumentsFor(device), { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = () => program.kill();
  signal.addEventListener('abort', stop, { once: true });
  const ended = endOf(program);
  let numBytes = 0;
  try {
    for await (const piece of program.stdout) {
      numBytes += piece.length;
      yield piece;
      if (signal.aborted) break;
    }
  } finally {
    signal.removeEventListener('abort', stop);
    program.kill();
  }
  const { said, hasFailed } = await ended;
  if (signal.aborted) return;
  const why = said === '' ? '' : `: ${said}`;
  if (numBytes === 0) throw new VoiceprintError('microphone_missing', `${name} recorded nothing${why}.`);
  if (hasFailed) throw new VoiceprintError('microphone_lost', `${name} ended before the recording did${why}.`);
}

/** What the program said on standard error until it ended, and whether by a fault. */
async function endOf(program: ChildProcess): Promise<{ readonly said: string; readonly hasFailed: boolean }> {
  let said = '';
  program.stderr?.on('data', (piece) => {
    said += piece;
  });
  const status = await new Promise((resolve) => program.on('close', resolve).on('error', resolve));
  return { said: said.trim().replace(/\s+/g, ' ').replace(/\.$/, ''), hasFailed: status !== 0 };
}
