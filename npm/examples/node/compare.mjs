// node compare.mjs a.wav b.wav
import { Voiceprint } from 'voiceprint-wasm';

const [a, b] = process.argv.slice(2);
const voiceprint = await Voiceprint.load();
const { decision, score, llr, probability } = await voiceprint.compare(a, b);
console.log(JSON.stringify({ decision, score, llr, probability }));
await voiceprint.dispose();
