import { parentPort, workerData } from 'node:worker_threads';
import { Voiceprint } from 'voiceprint-wasm';

const [a, b] = workerData;
const voiceprint = await Voiceprint.load({ worker: false }); // this is a worker already
const { decision, score, llr, probability } = await voiceprint.compare(a, b);
parentPort.postMessage({ decision, score, llr, probability });
await voiceprint.dispose();
