/** What the embeddings of `voiceprint eval` are made by: kept ones of another maker are made anew. */
import { createHash } from 'node:crypto';
import { bundledAssets } from '../assets.js';
import { VoiceprintError } from '../error.js';
import { modelPlace } from '../model/model-place.js';
import { node } from '../platform/node.js';
import type { LoadOptions, Voiceprint } from '../types.js';
import type { EmbeddingMaker } from './embedding-cache.js';
import { packageVersion } from './package-version.js';

export async function embeddingMaker({ model }: Voiceprint, { model: named }: LoadOptions): Promise<EmbeddingMaker> {
  const place = named === undefined ? bundledAssets().model : modelPlace(named, node);
  const manifest =
    'manifestUrl' in place && (await node.readAsset(place.manifestUrl, { signal: new AbortController().signal }));
  if (!manifest) throw new VoiceprintError('model_not_found', 'The manifest of the model is not there any more.');
  const manifestSha256 = createHash('sha256').update(manifest).digest('hex');
  return { modelSha256: model.sha256, manifestSha256, packageVersion: packageVersion() };
}
