// Measures speed and size, prints the table and writes it to RESULTS.md. Run it by `./dev bench`, on a machine that does nothing else.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { skipWithoutChromium } from '../install/chromium.mjs';
import { measureChromium, measureNode } from './calls.mjs';
import { measureCore } from './core.mjs';
import { galleryRows, measureGallery } from './gallery.mjs';
import { measurePage } from './page.mjs';
import { measurePreparation } from './preparation.mjs';
import { measureSizes, sumSizes } from './sizes.mjs';
import { measureTraining } from './training.mjs';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const load = loadavg()[0];

const { fbank, resampler } = await measureCore();
const gallery = await measureGallery();
const training = measureTraining();
const preparation = measurePreparation();
const metrics = measureMetrics();
const node = await measureNode();
const chromium = skipWithoutChromium ? null : await measureChromium();
const page = skipWithoutChromium ? null : await measurePage();

const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
const missing = (what) => `not measured (${what})`;
const milliseconds = (seconds) => `${(1000 * seconds).toFixed(0)} ms`;
const thousands = (value) => Math.round(value).toLocaleString('en-US');
const times = (ratio) => `${ratio.toFixed(2)} x`;
const verdict = (isMet, target) => `${target}: ${isMet ? 'met' : '**missed**'}`;

function fbankTable() {
  const { native, wasm, peer, peerVersion } = fbank;
  const ratio = (value, least) => (peer && value ? [times(value / peer), verdict(value / peer >= least, `at least ${least} x`)] : ['', '']);
  return table(
    ['Fbank, one thread', 'frames/s', 'against kaldi-native-fbank', 'target'],
    [
      [`kaldi-native-fbank ${peerVersion ?? ''}, native`, peer ? thousands(peer) : missing('no Python environment'), '1.00 x', ''],
      ['this core, native', native ? thousands(native) : missing('preset release is not built'), ...ratio(native, 2)],
      ['this core, WebAssembly in Node', thousands(wasm), ...ratio(wasm, 1)],
    ],
  );
}

function resamplerTable() {
  const rates = Object.keys(resampler.wasm);
  const speed = (value) => (value ? `${thousands(value)} x real time` : missing('preset release is not built'));
  return table(
    ['Resampler to 16 kHz from', 'native', 'WebAssembly in Node'],
    rates.map((rate) => [`${rate} Hz`, speed(resampler.native[rate]), speed(resampler.wasm[rate])]),
  );
}

function callsTable() {
  const target = (seconds, model, embed, compare) => {
    if (model) return verdict(embed <= 0.07, 'embed within 70 ms');
    if (seconds === 2) return verdict(embed <= 0.025, 'embed within 25 ms');
    return seconds === 5 ? verdict(compare / seconds < 0.05, 'compare under 0.05 x') : '';
  };
  const rows = (where, calls) =>
    calls.map(({ seconds, model, embed, compare }) => [
      where,
      model ? `${seconds} s, ${model}` : `${seconds} s`,
      milliseconds(embed),
      milliseconds(compare),
      `${(compare / seconds).toFixed(3)} x`,
      where === 'Chromium' ? target(seconds, model, embed, compare) : '',
    ]);
  return table(
    ['where', 'each recording', 'embed', 'compare', 'compare / one recording', 'target'],
    [...rows('Node', node), ...(chromium ? rows('Chromium', chromium.calls) : [['Chromium', missing(skipWithoutChromium), '', '', '', '']])],
  );
}

function trainingTable() {
  if (!training) return `Training: ${missing('preset trainer is not built')}.`;
  const { loader_crops_per_s: loader, network_crops_per_s: network, peer_crops_per_s: peer, channels, batch_size, precision, threads } = training;
  return table(
    [`Training ECAPA-TDNN, ${channels} channels, batches of ${batch_size} crops of 2 s`, 'crops/s', 'against PyTorch', 'target'],
    [
      [`the same step in PyTorch eager, ${precision}, ${threads} CPU threads`, peer.toFixed(1), '1.00 x', ''],
      [`network, ${precision}, ${threads} CPU threads`, network.toFixed(1), `${(network / peer).toFixed(2)} x`, verdict(network >= peer, 'at least 1 x')],
      ['loader, 1 thread, all augmentation', loader.toFixed(1), '', verdict(loader > network, 'faster than the network')],
      ...(preparation ? [togetherRow(preparation)] : []),
    ],
  );
}

/** A loader is idle where its batches wait for the network, and holds training up where the network waits for it. */
function togetherRow({ cropsPerS, loaderBusy, loaderWait }) {
  const share = (value) => `${(100 * value).toFixed(1)} %`;
  const what = `both together in \`trainer train\`: the loader is idle ${share(1 - loaderBusy)} of the time, training waits for it ${share(loaderWait)}`;
  return [what, cropsPerS.toFixed(1), '', verdict(loaderWait < 0.01, 'waits under 1 %')];
}

function preparationLine() {
  if (!preparation) return `\`trainer prepare\`: ${missing('preset trainer is not built, or no ffmpeg')}.`;
  const { timesRealTime } = preparation;
  return `\`trainer prepare\` on FLAC, 16 kHz, recordings of 10 s, CPU time: **${thousands(timesRealTime)} x real time** per core (${verdict(timesRealTime >= 200, 'at least 200 x')}).`;
}

/** Ten million made-up LLRs: all metrics, without intervals. */
function measureMetrics() {
  const program = path('../../build/release/tests/benchmark/metrics_bench');
  return existsSync(program) ? JSON.parse(execFileSync(program, ['10000000'], { encoding: 'utf8' })) : null;
}

function metricsLine() {
  if (!metrics) return `Metrics: ${missing('preset release is not built')}.`;
  const { trials, cpu_seconds: seconds, peak_mib: mib } = metrics;
  const isMet = seconds < 3 && mib < 1024;
  return `EER, minDCF, actDCF, Cllr and minCllr of ${thousands(trials)} trials on one core: **${seconds.toFixed(1)} s** CPU, ${thousands(mib)} MiB at most (${verdict(isMet, 'under 3 s and 1 GiB')}).`;
}

function coldStartLine() {
  if (!chromium) return `Cold start: ${missing(skipWithoutChromium)}.`;
  const { coldStart } = chromium;
  return `Cold start to first verdict in Chromium on localhost, nothing cached: **${coldStart.toFixed(2)} s** (${verdict(coldStart < 2, 'under 2 s')}).`;
}

function pageTable() {
  const row = (what, value, isMet, target) => [what, page ? value() : missing(skipWithoutChromium), page ? verdict(isMet(), target) : ''];
  return table(
    ['a page in Chromium, nothing cached, one thread in a worker', 'measured', 'target'],
    [
      row('`Voiceprint.load()` to the first result of two 5 s recordings', () => `${page.resultS.toFixed(2)} s (${page.cpuS.toFixed(2)} s CPU)`, () => page.resultS < 1.2, 'under 1.2 s'),
      ['of this, until `load()` is done', page ? `${page.loadS.toFixed(2)} s` : missing(skipWithoutChromium), ''],
      row(
        'longest task of the main thread while it loads, compares, enrolls, verifies',
        () => (page.longestTaskMs === 0 ? 'none of 50 ms' : `${page.longestTaskMs.toFixed(0)} ms`),
        () => page.longestTaskMs <= 50,
        'none over 50 ms',
      ),
      row('live identification from the microphone, share of one core', () => `${(100 * page.liveShare).toFixed(1)} %`, () => page.liveShare < 0.15, 'under 15 %'),
    ],
  );
}

function sizesTable(folder) {
  const sizes = measureSizes(folder);
  return table(
    ['file', 'raw', 'gzip -9', 'brotli -11'],
    [...sizes, sumSizes(sizes)].map(({ file, raw, gzip, brotli }) => [file, thousands(raw), thousands(gzip), thousands(brotli)]),
  );
}

function machine() {
  const [{ model }] = cpus();
  const { version } = JSON.parse(readFileSync(path('../../npm/package.json'), 'utf8'));
  const manifest = JSON.parse(readFileSync(path('../../npm/dist/models/voiceprint-small/manifest.json'), 'utf8'));
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: path('.'), encoding: 'utf8' }).trim();
  return [
    `${cpus().length} x ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}, load before the run ${load.toFixed(1)}`,
    `Node ${process.versions.node}${chromium ? `, Chromium ${chromium.version}` : ''}`,
    `voiceprint-wasm ${version} at ${commit}, model ${manifest.name} ${manifest.version} (${thousands(manifest.onnx.bytes)} bytes, ${manifest.onnx.sha256.slice(0, 12)})`,
    new Date().toISOString().slice(0, 10),
  ];
}

const web = path('../../web/dist');
const results = `# Measured speed and size

Command: \`./dev bench\`. Machine and versions:

${machine().map((line) => `- ${line}`).join('\n')}

Fbank and resampler: CPU time, the best of several rounds, the peers taking turns in one run. Calls: medians, warm, in a worker, one thread; recordings are PCM at 16 kHz.

${fbankTable()}

${resamplerTable()}

${callsTable()}

${table(['Identification, WebAssembly in Node, one thread', 'search', 'reads', 'memory', 'target'], galleryRows(gallery))}

${coldStartLine()}

${pageTable()}

${trainingTable()}

${preparationLine()}

${metricsLine()}

Bytes of the package \`voiceprint-wasm\` as installed (without type declarations; a page fetches neither the licences nor the files of Node):

${sizesTable(path('../../npm/dist'))}
${existsSync(web) ? `\nBytes of the page as served:\n\n${sizesTable(web)}\n` : ''}`;

process.stdout.write(results);
writeFileSync(path('RESULTS.md'), results);
