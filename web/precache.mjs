// Vite plugin: writes the names and hashes of all built files into the service worker, those of the larger model apart: they are stored when they
// are first asked for.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isOfBaseModel } from './built-in-models.ts';

const WORKER = 'service-worker.js';

/** @type {import('vite').Plugin} */
export const precache = {
  name: 'precache',
  apply: 'build',
  writeBundle: {
    order: 'post',
    handler({ dir }, bundle) {
      if (!dir) throw new Error('precache: the build writes no folder');
      const files = readdirSync(dir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name !== WORKER)
        .map((entry) =>
          join(entry.parentPath, entry.name)
            .slice(dir.length + 1)
            .replaceAll('\\', '/'),
        )
        .sort();
      const integrity = (path) =>
        `sha256-${createHash('sha256')
          .update(readFileSync(join(dir, path)))
          .digest('base64')}`;
      // Some hosts redirect index.html to its folder, and a redirected answer cannot be stored for a navigation.
      const list = (paths) =>
        JSON.stringify(Object.fromEntries(paths.map((path) => [path === 'index.html' ? '' : path, integrity(path)])));
      const isOptional = (path) => isOfBaseModel(bundle[path]?.originalFileNames ?? []);
      const needed = list(files.filter((path) => !isOptional(path)));
      const optional = list(files.filter(isOptional));
      const version = createHash('sha256')
        .update(needed + optional)
        .digest('hex')
        .slice(0, 12);
      const worker = readFileSync(join(dir, WORKER), 'utf8');
      writeFileSync(
        join(dir, WORKER),
        worker
          .replaceAll('PAGE_FILES', needed)
          .replaceAll('OPTIONAL_FILES', optional)
          .replaceAll('PAGE_VERSION', JSON.stringify(version)),
      );
    },
  },
};
