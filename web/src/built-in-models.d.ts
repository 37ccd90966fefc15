declare module 'virtual:built-in-models' {
  import type { ModelUrls } from 'voiceprint-wasm';

  interface ModelFacts {
    /** Of what is fetched: network and cohort. */
    readonly bytes: number;
    /** Mean equal error rate of the conditions of its card. Null where none was measured. */
    readonly meanEer: number | null;
  }

  export const small: ModelFacts;
  /** Null where the page was built without it. */
  export const base: (ModelFacts & { readonly model: ModelUrls }) | null;
}
