import { defineConfig, type Plugin } from 'vite';
import { contentSecurityPolicy } from './csp.mjs';

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

export default defineConfig({
  base: './',
  plugins: [strictPage],
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
  },
});
