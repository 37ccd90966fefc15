/** Mutual exclusion of processes by a file that only one can make. The lock of a process that is gone is taken over. */
import { readlinkSync } from 'node:fs';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { VoiceprintError } from '../error.js';
import { codeOf, fileError } from './file-error.js';

const FIRST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 100;
/** Who holds a lock for so long is not saving a gallery. */
const PATIENCE_MS = 30_000;
/** Writing a lock, or taking one over, takes far less. */
const INSTANT_MS = 2000;

interface Lock {
  /** "<process id> <host> <namespace>", on Linux, where process ids mean something within a namespace; empty where its process was killed while it made the lock. */
  readonly holder: string;
  readonly madeMs: number;
}

/** Throws `storage_unavailable` where another process keeps the lock for half a minute, `io` or `storage_full` where it cannot be made. */
export async function withLockFile<T>(path: string, task: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let wait = FIRST_WAIT_MS; !(await make(path)); wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    const lock = await look(path);
    if (lock !== null && isAbandoned(lock) && (await takeAway(path))) continue;
    if (performance.now() > deadline) {
      throw new VoiceprintError(
        'storage_unavailable',
        `Another program holds the gallery (${path}: process ${lock?.holder}): try again, or remove that file if no such program runs.`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random())));
  }
  try {
    return await task();
  } finally {
    await rm(path, { force: true });
  }
}

/** False where it is there already. */
async function make(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(`${process.pid} ${hostname()} ${namespace()}`.trimEnd());
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw fileError(`The lock ${path} could not be made`, error);
  }
}

/** Of this process's id; empty where there are none. */
function namespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

async function look(path: string): Promise<Lock | null> {
  try {
    return { holder: await readFile(path, 'utf8'), madeMs: (await stat(path)).mtimeMs };
  } catch {
    return null; // given back meanwhile
  }
}

function isAbandoned({ holder, madeMs }: Lock): boolean {
  if (holder === '') return Date.now() - madeMs > INSTANT_MS;
  const [id = '', host, space = namespace()] = holder.split(' ');
  if (host !== hostname() || space !== namespace()) return false; // nobody can tell
  const pid = Number(id);
  // After a restart, in a container for one, the number may be this process's own.
  if (pid === process.pid) return madeMs < Date.now() - 1000 * process.uptime() - INSTANT_MS;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

/**
 * Removes an abandoned lock, one process at a time, after a second look: an abandoned lock is removed by nobody else, so it cannot become
 * somebody's new one in between.
 */
async function takeAway(path: string): Promise<boolean> {
  const guard = `${path}.takeover`;
  if (!(await make(guard))) {
    const other = await look(guard);
    if (other !== null && Date.now() - other.madeMs > INSTANT_MS) await rm(guard, { force: true });
    return false;
  }
  try {
    const lock = await look(path);
    if (lock !== null && isAbandoned(lock)) await rm(path, { force: true });
    return true;
  } finally {
    await rm(guard, { force: true });
  }
}
