// node identify.mjs gallery.voiceprints alice a1.wav a2.wav -- unknown.wav: enrolls, then says whose recording the last one is.
import { fileStore, Voiceprint } from 'voiceprint-wasm';

const [path, name, ...files] = process.argv.slice(2);
const split = files.indexOf('--');
const voiceprint = await Voiceprint.load();
const gallery = await voiceprint.openGallery({ store: fileStore(path) });
const session = gallery.enroll(name, { targetUtterances: split, existing: 'replace' });
for (const file of files.slice(0, split)) console.error(file, (await session.add(file)).progress);
await session.save();
const { match, decision, candidates } = await gallery.identify(files[split + 1]);
console.log(JSON.stringify({ match, decision, candidates }));
await voiceprint.dispose();
