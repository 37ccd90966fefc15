/** The models that come with the page, and which of them this browser starts with. */
import { base, small } from 'virtual:built-in-models';
import type { LoadOptions } from 'voiceprint-wasm';

export type BuiltIn = 'small' | 'base';

const KEY = 'voiceprint-model';

/** In order of size; the second only where the page was built with it. */
export const builtInModels = [
  { id: 'small' as BuiltIn, ...small },
  ...(base ? [{ id: 'base' as BuiltIn, ...base }] : []),
];

export function modelOption(id: BuiltIn): Pick<LoadOptions, 'model'> {
  return id === 'base' && base ? { model: base.model } : {};
}

/** The choice of the last visit. */
export function storedModel(): BuiltIn {
  try {
    return localStorage.getItem(KEY) === 'base' && base ? 'base' : 'small';
  } catch {
    return 'small';
  }
}

export function storeModel(id: BuiltIn): void {
  try {
    localStorage.setItem(KEY, id);
  } catch {
    // Storage may be forbidden; the choice then lasts for this visit.
  }
}
