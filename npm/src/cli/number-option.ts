/** Options that are numbers, named as they are on the command line. */
import { usageError } from './usage.js';

interface Range {
  /** Excluded. */
  readonly above: number;
  readonly most?: number;
  readonly isWhole?: boolean;
}

/** Throws `invalid_argument`. */
export function numberOption(option: string, text: string, { above, most = Infinity, isWhole = false }: Range): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value > above && value <= most && Number.isFinite(value) && (!isWhole || Number.isInteger(value))) return value;
  const bound = most === Infinity ? '' : ` and at most ${most}`;
  throw usageError(`${option} must be a ${isWhole ? 'whole ' : ''}number above ${above}${bound}, not "${text}"`);
}

/** `--far`. */
export function falseAlarmRate(text: string): number {
  return numberOption('--far', text, { above: 0, most: 1 });
}
