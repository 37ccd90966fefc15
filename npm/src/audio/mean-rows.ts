/** Rows that arrive one by one, averaged to at most `maxRows`, without knowing how many will come. */

/**
 * Each output row is the mean of the same number of input rows (the last of perhaps fewer). When `maxRows` overflow, neighbours are joined and
 * each stands for twice as many.
 */
export class MeanRows {
  /** Sums until the end. */
  private readonly rows: Float64Array;
  private numInput = 0;

  constructor(
    private readonly columns: number,
    private readonly maxRows: number,
    private inputPerRow: number,
  ) {
    this.rows = new Float64Array(maxRows * columns);
  }

  push(row: Float32Array): void {
    const { rows, columns } = this;
    if (this.numInput === this.maxRows * this.inputPerRow) this.halve();
    const at = Math.floor(this.numInput / this.inputPerRow) * columns;
    for (let i = 0; i < columns; i++) rows[at + i] = (rows[at + i] ?? 0) + (row[i] ?? 0);
    this.numInput++;
  }

  /** Row-major [rows][columns]. */
  finish(): Float32Array {
    const numRows = Math.ceil(this.numInput / this.inputPerRow);
    return Float32Array.from(this.rows.subarray(0, numRows * this.columns), (sum, at) => {
      const row = Math.floor(at / this.columns);
      return sum / Math.min(this.inputPerRow, this.numInput - row * this.inputPerRow);
    });
  }

  private halve(): void {
    const { rows, columns } = this;
    for (let at = 0; at < rows.length; at++) {
      const row = Math.floor(at / columns);
      const first = 2 * row * columns + (at % columns);
      rows[at] = (rows[first] ?? 0) + (rows[first + columns] ?? 0);
    }
    this.inputPerRow *= 2;
  }
}
