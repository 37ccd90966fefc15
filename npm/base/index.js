// Literal `new URL(…, import.meta.url)`, so that build tools find and emit the files; `?no-inline` keeps Vite from data: URLs.
export const baseModel = {
  manifest: new URL('./dist/manifest.json?no-inline', import.meta.url),
  onnx: new URL('./dist/model.onnx', import.meta.url),
  cohort: new URL('./dist/cohort.bin?no-inline', import.meta.url),
};
