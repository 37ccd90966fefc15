/**
 * Vite plugin: `virtual:built-in-models`, the models that the page is built with, and what their manifests say of them. The larger one is a
 * package of its own, which is there only where that model was trained; its files are fetched when it is chosen.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const ID = 'virtual:built-in-models';
const RESOLVED = `\0${ID}`;
const packages = fileURLToPath(new URL('node_modules/voiceprint-wasm/', import.meta.url));
const baseFolder = `${packages}base/dist/`;

interface ManifestFacts {
  readonly onnx: { readonly bytes: number };
  readonly cohort?: { readonly bytes: number };
  readonly evaluation: readonly { readonly eer: number }[];
}

function facts(folder: string): string {
  const { onnx, cohort, evaluation }: ManifestFacts = JSON.parse(readFileSync(`${folder}manifest.json`, 'utf8'));
  const meanEer = evaluation.reduce((sum, { eer }) => sum + eer, 0) / evaluation.length;
  return JSON.stringify({
    bytes: onnx.bytes + (cohort?.bytes ?? 0),
    meanEer: evaluation.length > 0 ? meanEer : null,
  });
}

/** Whether this file of the build is one of the larger model alone. */
export const isOfBaseModel = (sources: readonly string[]): boolean =>
  sources.length > 0 && sources.every((source) => /(^|\/)npm\/base\/dist\//.test(source));

export const builtInModels: Plugin = {
  name: 'built-in-models',
  resolveId: (id) => (id === ID ? RESOLVED : undefined),
  load(id) {
    if (id !== RESOLVED) return undefined;
    const small = `export const small = ${facts(`${packages}dist/models/voiceprint-small/`)};`;
    if (!existsSync(`${baseFolder}manifest.json`)) return `${small} export const base = null;`;
    return `import { baseModel } from ${JSON.stringify(`${packages}base/index.js`)};
      ${small} export const base = { model: baseModel, ...${facts(baseFolder)} };`;
  },
};
