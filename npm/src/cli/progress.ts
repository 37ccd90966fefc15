/** Progress of long work on stderr: one line that rewrites itself on a terminal, a plain line now and then in a log. */
const LOG_EVERY_MS = 10_000;
const TERMINAL_EVERY_MS = 200;

export class Progress {
  private readonly startMs = performance.now();
  private shownMs = Number.NEGATIVE_INFINITY;

  /** `first` of `total` steps were done before. */
  constructor(
    private readonly what: string,
    private readonly total: number,
    private readonly first: number,
  ) {}

  show(done: number): void {
    const now = performance.now();
    const isLast = done === this.total;
    const isTerminal = process.stderr.isTTY === true;
    if (!isLast && now - this.shownMs < (isTerminal ? TERMINAL_EVERY_MS : LOG_EVERY_MS)) return;
    this.shownMs = now;
    const seconds = (now - this.startMs) / 1000;
    const left = done > this.first ? (seconds / (done - this.first)) * (this.total - done) : Number.NaN;
    const time = isLast ? `in ${duration(seconds)}` : `ETA ${Number.isNaN(left) ? '?' : duration(left)}`;
    const line = `${this.what} ${done}/${this.total} | ${time}`;
    process.stderr.write(isTerminal ? `\r${line.padEnd(60)}${isLast ? '\n' : ''}` : `${line}\n`);
  }
}

/** 1:02:03 */
function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}
