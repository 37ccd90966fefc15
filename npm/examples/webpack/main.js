import { Voiceprint } from 'voiceprint-wasm';

const fileOf = (id) => document.getElementById(id).files[0];
const output = document.querySelector('output');
const loading = Voiceprint.load();

document.getElementById('compare').addEventListener('click', async () => {
  try {
    const voiceprint = await loading;
    const { decision, score, llr, probability } = await voiceprint.compare(fileOf('a'), fileOf('b'));
    output.textContent = JSON.stringify({ decision, score, llr, probability });
  } catch (error) {
    output.textContent = JSON.stringify({ error: error.code, message: error.message });
  }
});
