// Bytes of every file that is shipped: as it is, and as a server would send it.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

/** [{ file, raw, gzip, brotli }] of a folder, largest first, without type declarations, which only editors read. */
export function measureSizes(folder) {
  return filesIn(folder)
    .filter((path) => !path.endsWith('.d.ts'))
    .map((path) => {
      const bytes = readFileSync(path);
      return {
        file: relative(folder, path),
        raw: bytes.length,
        gzip: gzipSync(bytes, { level: 9 }).length,
        brotli: brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }).length,
      };
    })
    .sort((a, b) => b.raw - a.raw);
}

export function sumSizes(sizes) {
  const sum = (key) => sizes.reduce((total, size) => total + size[key], 0);
  return { file: `${sizes.length} files`, raw: sum('raw'), gzip: sum('gzip'), brotli: sum('brotli') };
}

function filesIn(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesIn(path) : [path];
  });
}
