/** Where the files of a model lie that the caller names. */
import { folderUrl } from '../assets.js';
import { VoiceprintError } from '../error.js';
import type { Platform } from '../platform/platform.js';
import type { LoadOptions, ModelBytes, ModelUrls } from '../types.js';
import type { ModelPlace } from './load-model.js';

type NamedModel = NonNullable<LoadOptions['model']>;

/** Throws `invalid_argument`. */
export function modelPlace(model: NamedModel, platform: Pick<Platform, 'resolve'>): ModelPlace {
  if (typeof model === 'string' || model instanceof URL) {
    const place = platform.resolve(model);
    const manifestUrl = place.pathname.endsWith('.json') ? place : new URL('manifest.json', folderUrl(place));
    return { manifestUrl: manifestUrl.href, onnxUrl: null, cohortUrl: null };
  }
  if (typeof model !== 'object' || model === null) {
    throw new VoiceprintError(
      'invalid_argument',
      'model must be a folder or URL, or an object with the URLs or the bytes of its files: leave it out for the bundled one.',
    );
  }
  return isByUrls(model) ? placeOfUrls(model) : checkedBytes(model);
}

const isByUrls = (model: ModelUrls | ModelBytes): model is ModelUrls => model.manifest instanceof URL;

function placeOfUrls({ manifest, onnx, cohort }: ModelUrls): ModelPlace {
  if (!(onnx instanceof URL))
    throw new VoiceprintError('invalid_argument', 'model.onnx must be a URL, as model.manifest is.');
  if (cohort !== undefined && !(cohort instanceof URL))
    throw new VoiceprintError('invalid_argument', 'model.cohort must be a URL, as model.manifest is.');
  return { manifestUrl: manifest.href, onnxUrl: onnx.href, cohortUrl: cohort?.href ?? null };
}

function checkedBytes(model: ModelBytes): ModelBytes {
  if (!(model.onnx instanceof Uint8Array))
    throw new VoiceprintError('invalid_argument', 'model.onnx must be a Uint8Array.');
  if (model.cohort !== undefined && !(model.cohort instanceof Uint8Array))
    throw new VoiceprintError('invalid_argument', 'model.cohort must be a Uint8Array.');
  return model;
}
