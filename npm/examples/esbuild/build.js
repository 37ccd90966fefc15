// Bundles the page, and copies the package's own files beside it.
import { cp } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

await build({ entryPoints: ['main.js'], bundle: true, minify: true, format: 'esm', outdir: 'public' });
const dist = fileURLToPath(new URL('.', import.meta.resolve('voiceprint-wasm')));
await cp(dist, 'public/voiceprint-wasm', { recursive: true });
