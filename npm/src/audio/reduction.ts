/** Rows that arrive one by one, reduced to at most `maxRows` by joining neighbours, without knowing how many will come. */

export type Join = 'mean' | 'min-max';

/**
 * Each output row stands for the same number of input rows (the last may stand for fewer). When `maxRows` overflows, neighbours are
 * joined and each row stands for twice as many. 'mean' averages all columns; 'min-max' takes the minimum of the first and the maximum of the second.
 */
export class Reduction {
  private rows: Float64Array;
  private numInput = 0;

  constructor(
    private readonly join: Join,
    private readonly columns: number,
    private readonly maxRows: number,
    private inputPerRow = 1,
  ) {
    this.rows = new Float64Array(maxRows * columns);
  }

  /** Adds one input row; for 'min-max' a single value serves as both columns. */
  push(row: ArrayLike<number>): void {
    if (this.numInput === this.maxRows * this.inputPerRow) this.halve();
    const at = Math.floor(this.numInput / this.inputPerRow) * this.columns;
    const isFirst = this.numInput % this.inputPerRow === 0;
    for (let column = 0; column < this.columns; column++) {
      const value = row[Math.min(column, row.length - 1)] ?? 0;
      this.rows[at + column] = isFirst ? value : this.joined(column, this.rows[at + column] ?? 0, value);
    }
    this.numInput++;
  }

  /** Row-major [rows][columns]. */
  finish(): Float32Array {
    const numRows = Math.ceil(this.numInput / this.inputPerRow);
    const out = Float32Array.from(this.rows.subarray(0, numRows * this.columns));
    if (this.join === 'mean') {
      for (let row = 0; row < numRows; row++) {
        const count = Math.min(this.inputPerRow, this.numInput - row * this.inputPerRow);
        for (let column = 0; column < this.columns; column++) {
          out[row * this.columns + column] = (this.rows[row * this.columns + column] ?? 0) / count;
        }
      }
    }
    return out;
  }

  private halve(): void {
    const kept = Math.ceil(this.maxRows / 2);
    for (let row = 0; row < kept; row++) {
      for (let column = 0; column < this.columns; column++) {
        const first = this.rows[2 * row * this.columns + column] ?? 0;
        const second = this.rows[(2 * row + 1) * this.columns + column];
        const isPair = 2 * row + 1 < this.maxRows;
        this.rows[row * this.columns + column] = isPair ? this.joined(column, first, second ?? 0) : first;
      }
    }
    this.inputPerRow *= 2;
  }

  /** Means are kept as sums until the end. */
  private joined(column: number, a: number, b: number): number {
    if (this.join === 'mean') return a + b;
    return column === 0 ? Math.min(a, b) : Math.max(a, b);
  }
}
