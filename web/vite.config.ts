import { readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vite';
import { builtInModels } from './built-in-models.ts';
import { contentSecurityPolicy } from './csp.mjs';
import { precache } from './precache.mjs';

// Only the built page is strict: Vite's development server injects its own inline styles.
const strictPage: Plugin = {
  name: 'strict-page',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy },
      injectTo: 'head-prepend',
    },
  ],
};

/** Licence texts of everything that the built page contains, as paths under node_modules. */
const licences = [
  'voiceprint-wasm/LICENSE',
  'voiceprint-wasm/dist/licences/kissfft.txt',
  'voiceprint-wasm/dist/ort/LICENSE',
  'voiceprint-wasm/dist/ort/ThirdPartyNotices.txt',
  'preact/LICENSE',
  '@preact/signals/LICENSE',
  '@fontsource-variable/ibm-plex-sans/LICENSE',
];

const licenceFile: Plugin = {
  name: 'licence-file',
  apply: 'build',
  generateBundle() {
    const texts = licences.map((path) => `===== ${path}\n\n${readFileSync(`node_modules/${path}`, 'utf8').trim()}\n`);
    this.emitFile({ type: 'asset', fileName: 'licences.txt', source: texts.join('\n') });
  },
};

export default defineConfig({
  base: './',
  plugins: [builtInModels, strictPage, licenceFile, precache],
  // The package finds its worker, worklet, wasm and model beside its own modules; pre-bundling would move it away from them.
  optimizeDeps: { exclude: ['voiceprint-wasm'] },
  server: { fs: { allow: ['..'] } },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'], // light-dark()
    // Data URLs would need holes in the policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: {
      input: { index: 'index.html', 'service-worker': 'src/service-worker/service-worker.ts' },
      // The address of a service worker stays the same, and its folder is what it serves.
      output: {
        entryFileNames: ({ name }) => (name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
});
