/** A place in a recording as minutes, seconds and tenths: 0:07.2, 12:34.5. */
export function clock(s: number): string {
  const tenths = Math.round(10 * s);
  const minutes = Math.floor(tenths / 600);
  return `${minutes}:${((tenths - 600 * minutes) / 10).toFixed(1).padStart(4, '0')}`;
}
