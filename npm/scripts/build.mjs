// Builds dist/: compiles each world with its own tsconfig, then puts the files beside it that the code needs.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const npm = dirname(dirname(fileURLToPath(import.meta.url)));
const project = dirname(npm);
const dist = join(npm, 'dist');
const model = process.env.VOICEPRINT_MODEL_DIR ?? join(project, 'models', 'voiceprint-small');
const ort = join(npm, 'node_modules', 'onnxruntime-web', 'dist');

/** Target in dist/, source, and the cure if the source is missing. */
const assets = [
  [
    'voiceprint.wasm',
    join(project, 'build', 'wasm', 'wasm', 'voiceprint.wasm'),
    'build it: cmake --workflow --preset wasm',
  ],
  [
    'models/voiceprint-small/manifest.json',
    join(model, 'manifest.json'),
    'train and export a model, or set VOICEPRINT_MODEL_DIR',
  ],
  [
    'models/voiceprint-small/model.onnx',
    join(model, 'model.onnx'),
    'train and export a model, or set VOICEPRINT_MODEL_DIR',
  ],
  ...['ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'].map((file) => [
    `ort/${file}`,
    join(ort, file),
    'run npm ci in npm/',
  ]),
  ['ort/LICENSE', join(npm, 'licences', 'onnxruntime', 'LICENSE'), 'restore it'],
  ['ort/ThirdPartyNotices.txt', join(npm, 'licences', 'onnxruntime', 'ThirdPartyNotices.txt'), 'restore it'],
  ['licences/kissfft.txt', join(npm, 'licences', 'kissfft.txt'), 'restore it'],
];

const missing = assets.filter(([, source]) => !existsSync(source));
for (const [, source, cure] of missing) console.error(`${source} is missing: ${cure}`);
if (missing.length > 0) process.exit(1);

rmSync(dist, { recursive: true, force: true });
for (const world of ['tsconfig.json', 'tsconfig.worker.json', 'tsconfig.worklet.json', 'tsconfig.node.json']) {
  execFileSync(process.execPath, [join(npm, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', join(npm, world)], {
    stdio: 'inherit',
  });
}
for (const [target, source] of assets) {
  mkdirSync(dirname(join(dist, target)), { recursive: true });
  if (target.endsWith('.mjs')) writeFileSync(join(dist, target), withoutSourceMap(readFileSync(source, 'utf8')));
  else copyFileSync(source, join(dist, target));
}

// assets.ts names the cohort file, and build tools want every named file: where the model has none, it is empty and never read.
const { cohort } = JSON.parse(readFileSync(join(model, 'manifest.json'), 'utf8'));
const cohortFile = join(dist, 'models', 'voiceprint-small', 'cohort.bin');
if (cohort === undefined) writeFileSync(cohortFile, '');
else copyFileSync(join(model, cohort.file), cohortFile);

chmodSync(join(dist, 'cli', 'main.js'), 0o755);

/** The maps of the runtime are not shipped, and development servers complain about maps that they do not find. */
function withoutSourceMap(code) {
  return code.replace(/^\/\/# sourceMappingURL=.*$/m, '');
}
