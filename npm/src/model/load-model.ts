/** Fetching a model and proving that it is the one its manifest describes. */
import { VoiceprintError } from '../error.js';
import type { EnginePlatform, ReadOptions } from '../platform/platform.js';
import { type Manifest, type ModelFile, parseManifest } from './manifest.js';

/** Where a model is: URLs (null: beside the manifest), or in memory. */
export type ModelPlace =
  | { readonly manifestUrl: string; readonly onnxUrl: string | null; readonly cohortUrl: string | null }
  | { readonly manifest: unknown; readonly onnx: Uint8Array; readonly cohort?: Uint8Array | undefined };

export interface Model {
  readonly manifest: Manifest;
  readonly onnx: Uint8Array<ArrayBuffer>;
  /** The cohort file; null where the calibration uses none. */
  readonly cohort: Uint8Array<ArrayBuffer> | null;
}

/** Throws `model_not_found`, `network`, `manifest_invalid`, `manifest_version` or `model_corrupt`. */
export async function loadModel(place: ModelPlace, platform: EnginePlatform, options: ReadOptions): Promise<Model> {
  if ('manifest' in place) {
    const manifest = parseManifest(place.manifest);
    const onnx = new Uint8Array(place.onnx);
    await verifyFile(onnx, manifest.onnx);
    if (manifest.cohort === null) return { manifest, onnx, cohort: null };
    if (place.cohort === undefined) {
      throw new VoiceprintError('model_not_found', 'The manifest names a cohort file: pass its bytes as model.cohort.');
    }
    const cohort = new Uint8Array(place.cohort);
    await verifyFile(cohort, manifest.cohort);
    return { manifest, onnx, cohort };
  }
  const manifest = parseManifest(parseJson(await read(place.manifestUrl, platform, { signal: options.signal })));
  const onnxUrl = place.onnxUrl ?? new URL(manifest.onnx.file, place.manifestUrl).href;
  const onnx = await read(onnxUrl, platform, options);
  await verifyFile(onnx, manifest.onnx);
  if (manifest.cohort === null) return { manifest, onnx, cohort: null };
  const cohortUrl = place.cohortUrl ?? new URL(manifest.cohort.file, place.manifestUrl).href;
  const cohort = await read(cohortUrl, platform, { signal: options.signal });
  await verifyFile(cohort, manifest.cohort);
  return { manifest, onnx, cohort };
}

async function read(url: string, platform: EnginePlatform, options: ReadOptions): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await platform.readAsset(url, options);
  if (bytes === null) throw new VoiceprintError('model_not_found', `There is no model file at ${url}.`);
  return bytes;
}

function parseJson(bytes: Uint8Array): unknown {
  const text = new TextDecoder().decode(bytes);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new VoiceprintError(
      'manifest_invalid',
      `The manifest is not JSON; it begins with ${JSON.stringify(text.slice(0, 40))}.`,
      { cause: error },
    );
  }
}

async function verifyFile(bytes: Uint8Array<ArrayBuffer>, expected: ModelFile): Promise<void> {
  if (bytes.length !== expected.bytes) {
    throw new VoiceprintError(
      'model_corrupt',
      `${expected.file} has ${bytes.length} bytes, its manifest says ${expected.bytes}: fetch it again.`,
    );
  }
  if ((await sha256(bytes)) !== expected.sha256) {
    throw new VoiceprintError(
      'model_corrupt',
      `${expected.file} is not the file that its manifest describes: the SHA-256 differs.`,
    );
  }
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  if (!globalThis.crypto?.subtle) {
    throw new VoiceprintError(
      'unsupported_environment',
      'Web Cryptography is missing: serve the page over https or from localhost.',
    );
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
