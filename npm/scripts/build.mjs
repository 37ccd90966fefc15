// Builds dist/: compiles each world with its own tsconfig, then puts the files beside it that the code needs.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyModel, whyNoModel } from './model-files.mjs';

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
const noModel = whyNoModel(model);
if (noModel) console.error(`${noModel}, or set VOICEPRINT_MODEL_DIR`);
if (missing.length > 0 || noModel) process.exit(1);

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

copyModel(model, join(dist, 'models', 'voiceprint-small'));
chmodSync(join(dist, 'cli', 'main.js'), 0o755);

// The larger model is a package of its own, which is left out where that model is not there.
const base = process.env.VOICEPRINT_BASE_MODEL_DIR ?? join(project, 'models', 'voiceprint-base');
if (existsSync(base)) execFileSync(process.execPath, [join(npm, 'scripts', 'build-base.mjs')], { stdio: 'inherit' });
else rmSync(join(npm, 'base', 'dist'), { recursive: true, force: true });

/** The maps of the runtime are not shipped, and development servers complain about maps that they do not find. */
function withoutSourceMap(code) {
  return code.replace(/^\/\/# sourceMappingURL=.*$/m, '');
}
