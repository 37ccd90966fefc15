// Puts the larger model into the package voiceprint-wasm-base: node build-base.mjs [FOLDER_OF_THE_PACKAGE]
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyModel, whyNoModel } from './model-files.mjs';

const npm = dirname(dirname(fileURLToPath(import.meta.url)));
const model = process.env.VOICEPRINT_BASE_MODEL_DIR ?? join(dirname(npm), 'models', 'voiceprint-base');
const dist = join(process.argv[2] ?? join(npm, 'base'), 'dist');

const fault = whyNoModel(model);
if (fault) {
  console.error(`${fault}, or set VOICEPRINT_BASE_MODEL_DIR`);
  process.exit(1);
}
rmSync(dist, { recursive: true, force: true });
copyModel(model, dist);
copyFileSync(join(npm, 'LICENSE'), join(dist, 'LICENSE'));
const card = join(model, 'MODEL_CARD.md');
if (existsSync(card)) copyFileSync(card, join(dist, 'MODEL_CARD.md'));
