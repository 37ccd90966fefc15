// The accuracy that each model's card states, measured again through the packed npm package's own command line: EER by raw cosine and by the
// decision (LLR) of every development list. Exit status 1 where one differs from the manifest by more than 0.05 percentage points.
//
// node tests/benchmark/accuracy.mjs [MODEL...]: folders in models/; without any, all of them.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const speech = resolve(root, process.env.VOICEPRINT_SPEECH ?? '../shared/speech');
if (!existsSync(join(speech, 'dev', 'trials'))) {
  console.error(`bench accuracy: no trial lists in ${speech}/dev/trials; VOICEPRINT_SPEECH names the folder that holds dev/`);
  process.exit(2);
}
const models = join(root, 'models');
const names = process.argv.length > 2 ? process.argv.slice(2) : readdirSync(models).filter((name) => existsSync(join(models, name, 'manifest.json')));
const percent = (rate) => (100 * rate).toFixed(2).padStart(6);
let worst = 0;
for (const name of names) {
  const folder = join(models, name);
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  const out = join(root, 'build', 'accuracy', name);
  mkdirSync(out, { recursive: true });
  execFileSync(process.execPath, [join(root, 'npm/dist/cli/main.js'), 'eval', join(speech, 'dev', 'trials'), '--audio-root', speech, '--model', folder, '--out', out], { stdio: ['ignore', 'ignore', 'inherit'] });
  const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
  console.log(`\n${name} ${manifest.version}, EER % measured now / in its manifest`);
  console.log('condition                  cosine            decision');
  for (const stated of manifest.evaluation) {
    const now = report.lists.find(({ list }) => list === stated.condition);
    if (now === undefined) throw new Error(`${out}/report.json has no list '${stated.condition}'`);
    const pairs = [[now.cosine.eer.value, stated.eer_cosine], [now.llr.eer.value, stated.eer]];
    for (const [measured, wanted] of pairs) worst = Math.max(worst, Math.abs(measured - wanted));
    console.log(`${stated.condition.padEnd(24)} ${pairs.map((pair) => pair.map(percent).join(' /')).join('   ')}`);
  }
}
console.log(`\nlargest difference: ${(100 * worst).toFixed(3)} percentage points`);
process.exit(worst > 5e-4 ? 1 : 0);
