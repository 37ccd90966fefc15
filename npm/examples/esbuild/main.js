import { Voiceprint } from 'voiceprint-wasm';

const fileOf = (id) => document.getElementById(id).files[0];
const output = document.querySelector('output');
// esbuild does not copy what `new URL(…, import.meta.url)` names: build.js does, and assetBase says where to.
const loading = Voiceprint.load({ assetBase: './voiceprint-wasm/' });

document.getElementById('compare').addEventListener('click', async () => {
  try {
    const voiceprint = await loading;
    const { decision, score, llr, probability } = await voiceprint.compare(fileOf('a'), fileOf('b'));
    output.textContent = JSON.stringify({ decision, score, llr, probability });
  } catch (error) {
    output.textContent = JSON.stringify({ error: error.code, message: error.message });
  }
});
