// Diarization error rates of a model on conversations made of single recordings of the development lists, so that the truth is known: 8 to
// 20 utterances of one to five people of a list, with pauses of 0.05 to 0.65 s, the same ones in every run. Pauses
// within an utterance count as speech of the truth.
//
// node tests/benchmark/diarization.mjs [MODEL [CONVERSATIONS]]: a folder in models/ (voiceprint-small), conversations of each list (14).
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Core } from '../../npm/dist/core/module.js';
import { measureDiarization } from '../../npm/dist/core/diarization-error.js';
import { Voiceprint } from '../../npm/dist/index.node.js';

const root = resolve(import.meta.dirname, '../..');
const speech = resolve(root, process.env.VOICEPRINT_SPEECH ?? '../shared/speech');
const [model = 'voiceprint-small', numConversations = '14'] = process.argv.slice(2);
const LISTS = ['common-voice', 'speechocean762-adults', 'speechocean762-children'];
const NUMS_OF_SPEAKERS = [1, 2, 2, 2, 3, 3, 4, 5];
const COLLARS_S = [0, 0.25];
const RATE_HZ = 16000;
if (!existsSync(join(speech, 'dev', 'trials'))) {
  console.error(`bench diarization: no trial lists in ${speech}/dev/trials; VOICEPRINT_SPEECH names the folder that holds dev/`);
  process.exit(2);
}

/** Numerical Recipes' generator: [0, 1). */
function makeRandom(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const decoded = new Map();
function decode(path) {
  if (!decoded.has(path)) {
    const args = ['-v', 'error', '-i', join(speech, path), '-ar', String(RATE_HZ), '-ac', '1', '-f', 'f32le', '-'];
    const bytes = execFileSync('ffmpeg', args, { maxBuffer: 2 ** 28 });
    decoded.set(path, withoutEnds(new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))));
  }
  return decoded.get(path);
}

/** Without the silence at both ends, frames of 20 ms more than 30 dB below the loud ones: the truth is that somebody speaks. */
function withoutEnds(samples) {
  const length = RATE_HZ / 50;
  const powers = Array.from({ length: Math.floor(samples.length / length) }, (_, i) =>
    samples.subarray(i * length, (i + 1) * length).reduce((sum, sample) => sum + sample * sample, 0),
  );
  const loud = powers.toSorted((a, b) => a - b)[Math.floor(0.95 * powers.length)] ?? 0;
  const isSpeech = (power) => power > loud / 1000;
  return samples.subarray(powers.findIndex(isSpeech) * length, (powers.findLastIndex(isSpeech) + 1) * length);
}

/** Paths by speaker: the folder of a recording. */
function recordingsOf(list) {
  const recordings = new Map();
  for (const line of readFileSync(join(speech, 'dev', 'trials', `${list}.txt`), 'utf8').trim().split('\n')) {
    for (const path of line.split(' ').slice(1)) {
      const speaker = path.split('/').at(-2);
      recordings.set(speaker, (recordings.get(speaker) ?? new Set()).add(path));
    }
  }
  return [...recordings].map(([speaker, paths]) => [speaker, [...paths].sort()]).filter(([, paths]) => paths.length >= 2).sort();
}

/** { samples, turns: [{ beginS, endS, speaker }], numSpeakers } */
function makeConversation(recordings, random) {
  const pick = (items) => items[Math.floor(random() * items.length)];
  const people = new Set();
  for (const wanted = pick(NUMS_OF_SPEAKERS); people.size < wanted; ) people.add(pick(recordings));
  const voices = [...people];
  const pieces = [];
  const turns = [];
  let numSamples = 0;
  for (let left = 8 + Math.floor(13 * random()); left > 0; left--) {
    const voice = pick(voices);
    const pause = Float32Array.from({ length: Math.floor(RATE_HZ * (0.05 + 0.6 * random())) }, () => 6e-4 * (random() - 0.5));
    const samples = decode(pick(voice[1]));
    pieces.push(pause, samples);
    numSamples += pause.length;
    turns.push({ beginS: numSamples / RATE_HZ, endS: (numSamples + samples.length) / RATE_HZ, speaker: voices.indexOf(voice) });
    numSamples += samples.length;
  }
  const samples = new Float32Array(numSamples);
  let at = 0;
  for (const piece of pieces) {
    samples.set(piece, at);
    at += piece.length;
  }
  return { samples, turns, numSpeakers: new Set(turns.map(({ speaker }) => speaker)).size };
}

const core = await Core.instantiate(new Uint8Array(readFileSync(join(root, 'npm/dist/voiceprint.wasm'))));
const voiceprint = await Voiceprint.load({ model: join(root, 'models', model) });
const percent = (part, whole) => (100 * (part / whole)).toFixed(1).padStart(6);
console.log(`${voiceprint.model.name} ${voiceprint.model.version}, ${numConversations} conversations of each list, errors in % of the speech`);
console.log('list                      speakers  missed  false  confused  DER    DER, collar 0.25 s  number of speakers right');
let audioS = 0;
let computedMs = 0;
for (const list of LISTS) {
  const recordings = recordingsOf(list);
  const random = makeRandom(7);
  const conversations = Array.from({ length: Number(numConversations) }, () => makeConversation(recordings, random));
  for (const isTold of [false, true]) {
    const sums = COLLARS_S.map(() => ({ speechS: 0, missedS: 0, falseAlarmS: 0, confusionS: 0 }));
    let right = 0;
    for (const { samples, turns, numSpeakers } of conversations) {
      const startMs = performance.now();
      const found = await voiceprint.diarize({ samples, sampleRateHz: RATE_HZ }, isTold ? { numSpeakers } : {});
      computedMs += performance.now() - startMs;
      audioS += samples.length / RATE_HZ;
      right += found.speakers.length === numSpeakers ? 1 : 0;
      const given = found.turns.map(({ startS, endS, speaker }) => ({ beginS: startS, endS, speaker }));
      for (const [i, collarS] of COLLARS_S.entries()) {
        const error = measureDiarization(core, turns, given, collarS);
        for (const kind of Object.keys(sums[i])) sums[i][kind] += error[kind];
      }
    }
    const [all, inner] = sums;
    const rate = ({ speechS, missedS, falseAlarmS, confusionS }) => percent(missedS + falseAlarmS + confusionS, speechS);
    const parts = [all.missedS, all.falseAlarmS, all.confusionS].map((part) => percent(part, all.speechS)).join('  ');
    console.log(
      `${list.padEnd(25)} ${(isTold ? 'told' : 'found').padEnd(8)} ${parts}  ${rate(all)}  ${rate(inner)}              ${right} of ${conversations.length}`,
    );
  }
}
console.log(`${(audioS / (computedMs / 1000)).toFixed(0)} times as fast as real time`);
await voiceprint.dispose();
