// A model as packages ship it: its manifest, and the files that the manifest names under names of their own.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Why the folder holds no model; null where it does. */
export function whyNoModel(folder) {
  const missing = ['manifest.json', 'model.onnx'].map((file) => join(folder, file)).find((path) => !existsSync(path));
  return missing ? `${missing} is missing: train and export a model` : null;
}

/** The code names a cohort file, and build tools want every named file: where a model has none, it is empty and never read. */
export function copyModel(from, to) {
  mkdirSync(to, { recursive: true });
  for (const file of ['manifest.json', 'model.onnx']) copyFileSync(join(from, file), join(to, file));
  const { cohort } = JSON.parse(readFileSync(join(from, 'manifest.json'), 'utf8'));
  if (cohort === undefined) writeFileSync(join(to, 'cohort.bin'), '');
  else copyFileSync(join(from, cohort.file), join(to, 'cohort.bin'));
}
