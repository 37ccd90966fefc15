/** A long call as seen from inside: it reports how far it is, and learns that nobody waits any more. */
import { throwIfAborted } from './error.js';

/** Work between two reports, so that reporting costs nothing and a stop takes effect at once. */
const STEP_MS = 50;

export class Task {
  private lastStep = performance.now();

  constructor(
    readonly signal: AbortSignal,
    private readonly report: (fraction: number) => void,
    private readonly begin = 0,
    private readonly end = 1,
  ) {}

  /** The stretch from `begin` to `end` of this task, as a task of its own. */
  part(begin: number, end: number): Task {
    const span = this.end - this.begin;
    return new Task(this.signal, this.report, this.begin + begin * span, this.begin + end * span);
  }

  /** Reports 0 to 1 without waiting. */
  progress(fraction: number): void {
    this.report(this.begin + Math.min(1, fraction) * (this.end - this.begin));
  }

  /** Reports, lets waiting messages in, and throws `aborted` when the signal has fired. Cheap when called too often. */
  async step(fraction: number): Promise<void> {
    if (performance.now() - this.lastStep > STEP_MS) {
      this.progress(fraction);
      await new Promise((resolve) => setTimeout(resolve));
      this.lastStep = performance.now();
    }
    throwIfAborted(this.signal);
  }
}
