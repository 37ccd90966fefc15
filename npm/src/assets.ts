/** The package's own files. Each is a literal `new URL(…, import.meta.url)`, so that build tools find and emit it. */
import type { LoadRequest } from './engine.js';
import type { ModelPlace } from './model/load-model.js';

export interface Assets {
  readonly engine: LoadRequest['assets'];
  readonly model: ModelPlace;
  readonly recorderWorklet: string;
}

/** `?no-inline`: Vite turns small files into data: URLs, which a strict Content-Security-Policy forbids. */
export function bundledAssets(): Assets {
  return {
    engine: {
      core: new URL('./voiceprint.wasm', import.meta.url).href,
      ortModule: new URL('./ort/ort.wasm.min.mjs', import.meta.url).href,
      ortGlue: new URL('./ort/ort-wasm-simd-threaded.mjs', import.meta.url).href,
      ortWasm: new URL('./ort/ort-wasm-simd-threaded.wasm', import.meta.url).href,
    },
    model: {
      manifestUrl: new URL('./models/voiceprint-small/manifest.json?no-inline', import.meta.url).href,
      onnxUrl: new URL('./models/voiceprint-small/model.onnx', import.meta.url).href,
      cohortUrl: new URL('./models/voiceprint-small/cohort.bin?no-inline', import.meta.url).href,
    },
    recorderWorklet: new URL('./audio/recorder.worklet.js?no-inline', import.meta.url).href,
  };
}

/** The same files in a copy of `dist/`; `base` ends in a slash. */
export function assetsAt(base: URL): Assets {
  const at = (path: string) => new URL(path, base).href;
  return {
    engine: {
      core: at('voiceprint.wasm'),
      ortModule: at('ort/ort.wasm.min.mjs'),
      ortGlue: at('ort/ort-wasm-simd-threaded.mjs'),
      ortWasm: at('ort/ort-wasm-simd-threaded.wasm'),
    },
    model: {
      manifestUrl: at('models/voiceprint-small/manifest.json'),
      onnxUrl: at('models/voiceprint-small/model.onnx'),
      cohortUrl: at('models/voiceprint-small/cohort.bin'),
    },
    recorderWorklet: at('audio/recorder.worklet.js'),
  };
}

/** `place` as a folder. */
export function folderUrl(place: URL): URL {
  return place.pathname.endsWith('/') ? place : new URL(`${place.pathname}/${place.search}`, place);
}
