/** Fetching a model and proving that it is the one its manifest describes. */
import { VoiceprintError } from '../error.js';
import type { EnginePlatform, ReadOptions } from '../platform/platform.js';
import { type Manifest, parseManifest } from './manifest.js';

/** Where a model is: two URLs (`onnx` null: beside the manifest), or in memory. */
export type ModelPlace =
  | { readonly manifestUrl: string; readonly onnxUrl: string | null }
  | { readonly manifest: unknown; readonly onnx: Uint8Array };

export interface Model {
  readonly manifest: Manifest;
  readonly onnx: Uint8Array<ArrayBuffer>;
}

/** Throws `model_not_found`, `network`, `manifest_invalid`, `manifest_version` or `model_corrupt`. */
export async function loadModel(place: ModelPlace, platform: EnginePlatform, options: ReadOptions): Promise<Model> {
  if ('manifest' in place) {
    const manifest = parseManifest(place.manifest);
    const onnx = new Uint8Array(place.onnx);
    await verifyOnnx(onnx, manifest);
    return { manifest, onnx };
  }
  const manifest = parseManifest(parseJson(await read(place.manifestUrl, platform, { signal: options.signal })));
  const onnxUrl = place.onnxUrl ?? new URL(manifest.onnx.file, place.manifestUrl).href;
  const onnx = await read(onnxUrl, platform, options);
  await verifyOnnx(onnx, manifest);
  return { manifest, onnx };
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

async function verifyOnnx(onnx: Uint8Array<ArrayBuffer>, { onnx: expected }: Manifest): Promise<void> {
  if (onnx.length !== expected.bytes) {
    throw new VoiceprintError(
      'model_corrupt',
      `${expected.file} has ${onnx.length} bytes, its manifest says ${expected.bytes}: fetch it again.`,
    );
  }
  if ((await sha256(onnx)) !== expected.sha256) {
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
