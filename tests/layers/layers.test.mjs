// The one-way rule of the project, checked on the sources: native <- wasm <- npm <- web, native <- trainer, nothing <- tests.
//
// Each rule reads one kind of reference (a C++ include, a JavaScript import, a link in CMake, an address) in some files and
// names what it may not be. Each rule also carries an offence: a small file that breaks it, to prove that the rule can fail.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const skippedFolders = new Set(['.git', '.deps', '.runs', 'build', 'dist', 'node_modules', '__pycache__']);
const sourceEndings = /\.(h|c|cc|cu|cuh|ts|tsx|mts|js|mjs|html|css)$|CMakeLists\.txt$|\.cmake$/;

/** All source files: path from the root -> text. */
function readSources(folder = '', sources = new Map()) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory() && !skippedFolders.has(entry.name)) readSources(path, sources);
    else if (entry.isFile() && sourceEndings.test(entry.name)) sources.set(path, readFileSync(join(root, path), 'utf8'));
  }
  return sources;
}

const isCpp = (path) => /\.(h|c|cc|cu|cuh)$/.test(path);
const isScript = (path) => /\.(ts|tsx|mts|js|mjs|html)$/.test(path);
const isCMake = (path) => /CMakeLists\.txt$|\.cmake$/.test(path);

const matches = (text, pattern) => [...text.matchAll(pattern)].map((match) => match[1]);

/** What a C or C++ file includes, as written. */
const includes = (path, text) => (isCpp(path) ? matches(text, /^\s*#\s*include\s*[<"]([^>"]+)[>"]/gm) : []);

/** What a script imports or locates beside itself; relative names become paths from the root. */
function imports(path, text) {
  if (!isScript(path)) return [];
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '');
  const names = [
    ...matches(code, /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm),
    ...matches(code, /^\s*import\s*['"]([^'"]+)['"]/gm),
    ...matches(code, /\bimport\s*\(\s*['"`]([^'"`]+)['"`]/g),
    ...matches(code, /\bnew\s+URL\s*\(\s*['"`]([^'"`]+)['"`]\s*,\s*import\.meta\.url/g),
  ];
  return names.map((name) => (name.startsWith('.') ? posix.join(posix.dirname(path), name) : name));
}

/** Folders and targets that a CMake file names. */
const cmakeWords = (path, text) => (isCMake(path) ? matches(text.replace(/#.*$/gm, ''), /([\w:./-]+)/g) : []);

/** Network addresses in code (comments may cite their sources). */
function addresses(path, text) {
  if (!isCpp(path) && !isScript(path) && !path.endsWith('.css')) return [];
  const code = text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/(^|[^:'"`\w])\/\/.*$/gm, '$1');
  return matches(code, /(\b(?:https?|wss?):\/\/[^\s'"`)<>]+)/g);
}

const packageJson = (folder) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
/** `voiceprint-wasm` and the subpaths that its package.json exports: all that others may import of it. */
function publicNames() {
  const { name, exports } = packageJson('npm');
  return new Set(Object.keys(exports).map((subpath) => posix.join(name, subpath)));
}

const within = (folder) => (path) => path.startsWith(folder);
const isRunTimeCode = (path) => /^(native|wasm|npm\/src|web\/(src|public|index\.html)|trainer\/(src|cuda))/.test(path);

/** `in`: the files that the rule reads; `read`: their references; `forbids(reference, path)`; `offence`: [path, text]. */
const rules = [
  {
    name: 'the core includes the C++ library, KissFFT, libsndfile and itself only',
    in: within('native/'),
    read: includes,
    forbids: (name) =>
      /^(torch|ATen|c10|emscripten|nlohmann|onnx|google)\/|(^|\/)(wasm|npm|web|trainer|tests)\/|voiceprint_c\.h|^cuda/.test(name),
    offence: ['native/src/fbank.cc', '#include <torch/torch.h>\n'],
  },
  {
    name: 'KissFFT stays in native/src/real_fft.cc',
    in: (path) => path !== 'native/src/real_fft.cc',
    read: includes,
    forbids: (name) => /kiss_?fft/.test(name),
    offence: ['trainer/src/data/augment.cc', '#include <kissfft.hh>\n'],
  },
  {
    name: 'libsndfile stays in native/src/audio_file.cc',
    in: (path) => /^(native|wasm|npm|web)\//.test(path) && path !== 'native/src/audio_file.cc',
    read: includes,
    forbids: (name) => /^sndfile/.test(name),
    offence: ['native/src/wav.cc', '#include <sndfile.h>\n'],
  },
  {
    name: 'the C ABI includes the core, itself and the C++ library only',
    in: within('wasm/'),
    read: includes,
    forbids: (name) => name.includes('/') && !/^voiceprint\//.test(name),
    offence: ['wasm/voiceprint_c.cc', '#include "../native/src/real_fft.h"\n'],
  },
  {
    name: 'the C ABI does not read files: audio_file.h is not part of the module',
    in: within('wasm/'),
    read: includes,
    forbids: (name) => name === 'voiceprint/audio_file.h' || name === 'fstream' || name === 'cstdio',
    offence: ['wasm/voiceprint_c.cc', '#include "voiceprint/audio_file.h"\n'],
  },
  {
    name: 'the trainer knows the public headers of the core, and neither wasm nor npm',
    in: within('trainer/'),
    read: includes,
    forbids: (name) => /voiceprint_c\.h|emscripten|(^|\/)(wasm|npm|web|tests|native)\//.test(name),
    offence: ['trainer/src/main.cc', '#include "../../native/src/real_fft.h"\n'],
  },
  {
    name: 'LibTorch and ONNX stay in the trainer',
    in: (path) => !/^(trainer|tests)\//.test(path),
    read: includes,
    forbids: (name) => /^(torch|ATen|c10|onnx|google\/protobuf)\//.test(name),
    offence: ['wasm/voiceprint_c.cc', '#include <onnx/onnx_pb.h>\n'],
  },
  {
    name: 'CMake links downwards only',
    in: (path) => /^(native|wasm)\//.test(path),
    read: cmakeWords,
    forbids: (word, path) => /trainer|^torch$|npm|web\b/i.test(word) || (path.startsWith('native/') && /voiceprint_c\b|voiceprint::c$/.test(word)),
    offence: ['native/CMakeLists.txt', 'target_link_libraries(voiceprint_core PUBLIC voiceprint_c)\n'],
  },
  {
    name: 'nothing depends on tests',
    in: (path) => !path.startsWith('tests/') && path !== 'CMakeLists.txt',
    read: (path, text) => [...includes(path, text), ...imports(path, text)],
    forbids: (name) => /(^|\/)tests\//.test(name),
    offence: ['npm/src/cli/main.ts', "import { signal } from '../../../tests/data/signal.js';\n"],
  },
  {
    name: 'in npm/src only core/ knows the wasm module',
    in: (path) => path.startsWith('npm/src/') && !path.startsWith('npm/src/core/'),
    read: (path, text) => matches(text.replace(/\/\*[\s\S]*?\*\//g, ''), /(\bvp_\w+|\bWebAssembly\.(?:Module|Instance|instantiate\w*|compile\w*))/g),
    forbids: () => true,
    offence: ['npm/src/voiceprint.ts', 'const { instance } = await WebAssembly.instantiate(bytes);\n'],
  },
  {
    name: 'npm does not import from web, trainer or the wasm sources',
    in: within('npm/src/'),
    read: imports,
    forbids: (name) => /^(web|trainer|wasm|native|build)\//.test(name),
    offence: ['npm/src/index.ts', "import { page } from '../../web/src/page.js';\n"],
  },
  {
    name: 'the page imports itself, its packages and the public names of voiceprint-wasm',
    in: within('web/src/'),
    read: imports,
    forbids: (name) =>
      /^(npm|wasm|native|trainer|models|build)\//.test(name) || (/^voiceprint-wasm(\/|$)/.test(name) && !publicNames().has(name)),
    offence: ['web/src/main.ts', "import { loadCore } from 'voiceprint-wasm/dist/core/module.js';\n"],
  },
  {
    name: 'no code fetches from a named host',
    in: isRunTimeCode,
    read: addresses,
    // XML namespaces are names, not addresses; localhost is this machine.
    forbids: (address) => !/^https?:\/\/(www\.w3\.org\/(2000\/svg|1999\/xlink)|localhost|127\.0\.0\.1)/.test(address),
    offence: ['npm/src/core/module.ts', "await fetch('https://cdn.example.org/ort.wasm');\n"],
  },
];

function offences(rule, sources) {
  const found = [];
  for (const [path, text] of sources) {
    if (!rule.in(path)) continue;
    for (const reference of rule.read(path, text)) if (rule.forbids(reference, path)) found.push(`${path}: ${reference}`);
  }
  return found;
}

const sources = readSources();

for (const rule of rules) {
  test(rule.name, () => {
    assert.equal(offences(rule, new Map([rule.offence])).length, 1, 'the rule must see its own offence');
    assert.deepEqual(offences(rule, sources), []);
  });
}

test('every file with relative imports names files that exist in the same world', () => {
  const worldOf = (path) => path.split('/')[0];
  const strays = [];
  for (const [path, text] of sources) {
    if (path.startsWith('tests/') || path.startsWith('npm/examples/')) continue;
    for (const name of imports(path, text)) {
      if (name.startsWith('..') || (name.includes('/') && existsSync(join(root, name.split('/')[0])) && worldOf(name) !== worldOf(path))) {
        strays.push(`${path}: ${name}`);
      }
    }
  }
  assert.deepEqual(strays, []);
});

test('the npm package names files that its build makes, types first, and depends on nothing', () => {
  const npm = packageJson('npm');
  assert.equal(npm.name, 'voiceprint-wasm');
  assert.equal(npm.type, 'module');
  assert.deepEqual(npm.dependencies ?? {}, {});
  for (const hook of ['preinstall', 'install', 'postinstall', 'prepare']) assert.equal(npm.scripts?.[hook], undefined, hook);
  for (const [subpath, target] of Object.entries(npm.exports)) {
    if (typeof target === 'string') {
      assert.match(target, /^\.\/(dist\/|package\.json$)/, subpath);
      continue;
    }
    assert.equal(Object.keys(target)[0], 'types', `${subpath}: "types" comes first`);
    for (const file of Object.values(target)) assert.match(file, /^\.\/dist\//, subpath);
  }
});

test('the page takes voiceprint-wasm from this repository', () => {
  const web = packageJson('web');
  assert.equal({ ...web.dependencies, ...web.devDependencies }['voiceprint-wasm'], 'file:../npm');
});
