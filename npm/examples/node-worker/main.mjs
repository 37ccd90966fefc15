// node main.mjs a.wav b.wav: compares in a worker of the program's own.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const worker = new Worker(new URL('./worker.mjs', import.meta.url), { workerData: process.argv.slice(2) });
const [result] = await once(worker, 'message');
console.log(JSON.stringify(result));
