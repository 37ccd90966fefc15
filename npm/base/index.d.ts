import type { ModelUrls } from 'voiceprint-wasm';

/** The larger model, for `Voiceprint.load({ model: baseModel })`: its files are fetched then, and not before. */
export declare const baseModel: ModelUrls;
