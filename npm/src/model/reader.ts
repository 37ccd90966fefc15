/** Reads values out of parsed JSON, strictly: every error names the field by its path. */
import { VoiceprintError } from '../error.js';

/** One JSON object and the path that leads to it. */
export class FieldReader {
  private readonly object: Readonly<Record<string, unknown>>;

  constructor(
    value: unknown,
    private readonly path = '',
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalid(path || 'the manifest', 'an object', value);
    }
    this.object = value as Record<string, unknown>;
  }

  child(name: string): FieldReader {
    return new FieldReader(this.object[name], this.pathOf(name));
  }

  list(name: string): FieldReader[] {
    const value = this.object[name];
    if (!Array.isArray(value)) throw invalid(this.pathOf(name), 'an array', value);
    return value.map((item, i) => new FieldReader(item, `${this.pathOf(name)}[${i}]`));
  }

  text(name: string, pattern = /./, expected = 'a non-empty string'): string {
    const value = this.object[name];
    if (typeof value !== 'string' || !pattern.test(value)) throw invalid(this.pathOf(name), expected, value);
    return value;
  }

  has(name: string): boolean {
    return this.object[name] !== undefined;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T {
    const value = allowed.find((word) => word === this.object[name]);
    if (value === undefined) throw invalid(this.pathOf(name), `one of ${allowed.join(', ')}`, this.object[name]);
    return value;
  }

  /** A finite number in [low, high]. */
  number(name: string, low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY): number {
    return checkNumber(this.object[name], this.pathOf(name), low, high);
  }

  integer(name: string, low: number, high = Number.MAX_SAFE_INTEGER): number {
    const value = this.number(name, low, high);
    if (!Number.isInteger(value)) throw invalid(this.pathOf(name), 'an integer', value);
    return value;
  }

  /** A number strictly between 0 and 1. */
  probability(name: string): number {
    const value = this.number(name, 0, 1);
    if (value === 0 || value === 1) throw invalid(this.pathOf(name), 'a number between 0 and 1, both excluded', value);
    return value;
  }

  /** Two numbers in [0, 1]. */
  interval(name: string): readonly [number, number] {
    const value = this.object[name];
    const path = this.pathOf(name);
    if (!Array.isArray(value) || value.length !== 2) throw invalid(path, 'an array of two numbers', value);
    return [checkNumber(value[0], `${path}[0]`, 0, 1), checkNumber(value[1], `${path}[1]`, 0, 1)];
  }

  /** From 1 to `maxLength` counts of something, not all of them 0. */
  counts(name: string, maxLength: number): readonly number[] {
    const value = this.object[name];
    const path = this.pathOf(name);
    if (!Array.isArray(value) || value.length === 0 || value.length > maxLength) {
      throw invalid(path, `an array of 1 to ${maxLength} counts`, value);
    }
    value.forEach((count, i) => {
      if (!Number.isSafeInteger(count) || count < 0) throw invalid(`${path}[${i}]`, 'a count', count);
    });
    if (!value.some((count) => count > 0)) throw invalid(path, 'counts of which one is above 0', value);
    return value;
  }

  /** The one value that this package implements. */
  constant(name: string, expected: string | number | boolean): void {
    if (this.object[name] !== expected) throw invalid(this.pathOf(name), JSON.stringify(expected), this.object[name]);
  }

  /** Throws `manifest_invalid` for a field whose value is of the right kind but contradicts another. */
  fail(name: string, expected: string): never {
    throw invalid(this.pathOf(name), expected, this.object[name]);
  }

  private pathOf(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }
}

function checkNumber(value: unknown, path: string, low: number, high: number): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(path, 'a number', value);
  if (value < low || value > high) throw invalid(path, `a number from ${low} to ${high}`, value);
  return value;
}

function invalid(path: string, expected: string, value: unknown): VoiceprintError {
  const found = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60);
  return new VoiceprintError('manifest_invalid', `Manifest: ${path} must be ${expected}, but it is ${found}.`);
}
