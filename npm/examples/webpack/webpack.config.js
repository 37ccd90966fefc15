// Nothing to configure for voiceprint-wasm: webpack finds its worker, WebAssembly and model by itself.
export default { mode: 'production', entry: './main.js', performance: { hints: false } };
