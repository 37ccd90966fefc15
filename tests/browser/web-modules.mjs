// Modules of the page that need no browser, built for Node.
import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { repository } from './browser.mjs';

const installed = await access(`${repository}/web/node_modules/voiceprint-wasm/dist/index.js`).then(
  () => true,
  () => false,
);

/** Why the page's modules cannot be built here, or false. */
export const skip = installed ? false : 'web/ and the package are not installed and built';

// The package stays outside, so that an error made by a test is one of its own.
export const errorModule = pathToFileURL(`${repository}/npm/dist/error.js`).href;

/** The exports of these modules (paths in web/src without suffix) together; `suite` names the folder that they are built into. */
export async function importFromPage(suite, modules) {
  const fromWeb = createRequire(`${repository}/web/package.json`);
  const { build } = await import(pathToFileURL(fromWeb.resolve('vite')));
  const outDir = `${repository}/build/browser-tests/${suite}`;
  const entry = Object.fromEntries(modules.map((name) => [name, `${repository}/web/src/${name}.ts`]));
  await build({
    configFile: false,
    root: `${repository}/web`,
    publicDir: false,
    logLevel: 'error',
    build: {
      outDir,
      emptyOutDir: true,
      lib: { entry, formats: ['es'] },
      rollupOptions: { external: ['voiceprint-wasm'], output: { paths: { 'voiceprint-wasm': errorModule } } },
    },
  });
  const exports = await Promise.all(modules.map((name) => import(pathToFileURL(`${outDir}/${name}.js`))));
  return Object.assign({}, ...exports);
}
