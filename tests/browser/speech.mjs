// The real recordings that some tests use where they are: ../shared/speech, or the folder that VOICEPRINT_SPEECH names.
import { execFile } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { repository, skip as skipBrowser } from './browser.mjs';

const run = promisify(execFile);
const exists = (path) =>
  access(path).then(
    () => true,
    () => false,
  );
export const speech = resolve(process.env.VOICEPRINT_SPEECH ?? `${repository}/../shared/speech`);

async function reasonToSkip() {
  if (skipBrowser) return skipBrowser;
  if (!(await exists(`${speech}/dev/utterances.jsonl`)))
    return `no real speech at ${speech}; set VOICEPRINT_SPEECH to its folder`;
  const hasFfmpeg = await run('ffmpeg', ['-version']).then(
    () => true,
    () => false,
  );
  return hasFfmpeg ? false : 'ffmpeg is not installed';
}

/** Why tests with real voices cannot run here, or false. */
export const skip = await reasonToSkip();

/** Why decisions about real voices cannot be expected to be right, or false. */
export const untrained =
  !(await exists(`${repository}/models/voiceprint-small/model.onnx`)) && 'the repository holds no trained model';

/** Every dev utterance: { path, speaker, seconds, ... }. */
export async function readUtterances() {
  const text = await readFile(`${speech}/dev/utterances.jsonl`, 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** The recording as 16 kHz WAV in `folder`. */
export async function wavOf(path, folder) {
  const wav = join(folder, path.replaceAll('/', '_').replace(/\.opus$/, '.wav'));
  if (await exists(wav)) return wav;
  const input = ['-v', 'error', '-i', join(speech, path)];
  await run('ffmpeg', [...input, '-ar', '16000', '-ac', '1', '-c:a', 'pcm_s16le', wav]);
  return wav;
}
