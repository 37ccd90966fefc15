/** The model of `--model`: one of the two that are published, or the user's own. */
import { VoiceprintError } from '../error.js';
import type { LoadOptions } from '../index.node.js';
import type { ModelUrls } from '../types.js';

/** A package that need not be installed. */
const BASE_PACKAGE: string = 'voiceprint-wasm-base';

/** A command does one thing and can be interrupted, so it needs no worker. */
export async function loadOptions(model: string | undefined): Promise<LoadOptions> {
  if (model === undefined || model === 'small') return { worker: false };
  return { worker: false, model: model === 'base' ? await baseModel() : model };
}

async function baseModel(): Promise<ModelUrls> {
  try {
    return ((await import(BASE_PACKAGE)) as { readonly baseModel: ModelUrls }).baseModel;
  } catch (error) {
    throw new VoiceprintError(
      'model_not_found',
      `The base model is a package of its own: npm install ${BASE_PACKAGE} beside voiceprint-wasm. (A folder of this name is ./base.)`,
      { cause: error },
    );
  }
}
