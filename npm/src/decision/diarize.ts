/** Who spoke when: windows of speech, embedded one by one, clustered by the LLRs of the model's own calibration. */
import { clusterSpeakers, joinTurns } from '../core/clusters.js';
import type { FrontEnd } from '../core/front-end.js';
import type { Core } from '../core/module.js';
import { meanEmbedding } from '../core/scoring.js';
import type { TrialScorer } from '../core/trial-scorer.js';
import type { Diarization, DiarizedSpeaker } from '../diarization-types.js';
import { VoiceprintError } from '../error.js';
import type { FrontEndOptions, Manifest } from '../model/manifest.js';
import type { Network } from '../model/network.js';
import type { Task } from '../task.js';
import type { StageClock } from '../timing.js';

/** `DiarizeOptions` with defaults filled in; `numSpeakers` 0: as many as the evidence says. */
export interface DiarizePlan {
  readonly numSpeakers: number;
  readonly maxSpeakers: number;
  readonly pTarget: number;
  readonly minSpeakerS: number;
  readonly windowS: number;
  readonly hopS: number;
  readonly maxPauseS: number;
}

/** What the engine has. */
interface Tools {
  readonly core: Core;
  readonly network: Network;
  readonly scorer: TrialScorer;
  readonly manifest: Manifest;
}

/** Speech that one recording may hold: the core keeps it, 64 kB a second. */
const MAX_SPEECH_S = 3600;
/** Two squares of LLRs must fit beside it. */
const MAX_WINDOWS = 6000;
/** Share of the progress that is the network; the rest is scoring. */
const EMBEDDING = 0.9;

/** A front end that keeps all speech and cuts no segments of its own. */
export function diarizingFrontEnd(options: FrontEndOptions): FrontEndOptions {
  return { ...options, crop: { ...options.crop, maxSegmentS: 0, maxSpeechS: MAX_SPEECH_S } };
}

/** Of the recording that `frontEnd`, a diarizing one, has finished. */
export async function diarize(
  { core, network, scorer, manifest }: Tools,
  frontEnd: FrontEnd,
  plan: DiarizePlan,
  task: Task,
  clock: StageClock,
): Promise<Omit<Diarization, 'timing'>> {
  const quality = frontEnd.quality(manifest.qualityLimits);
  const heardS = frontEnd.intervals().reduce((sum, [begin, end]) => sum + end - begin, 0);
  const times = planWindows(frontEnd, heardS, plan);
  clock.book('frontEndMs');

  const { rows, durations } = await embedWindows(frontEnd, times.length / 2, { network, task, clock });
  const netSpeechShare = heardS === 0 ? 0 : Math.min(1, quality.netSpeechS / heardS);
  const sides = rows.map((vector, i) => ({
    vector,
    quality: { ...quality, netSpeechS: netSpeechShare * (durations[i] ?? 0) },
  }));
  const scoring = task.part(EMBEDDING, 1);
  const { llrs } = await scorer.scoreAll(sides, (row) => scoring.step((row + 1) / sides.length));

  const minLlr = Math.log((1 - plan.pTarget) / plan.pTarget);
  const speakerOf = clusterSpeakers(core, llrs, times, { minLlr, ...plan });
  const turns = joinTurns(core, times, speakerOf, plan.maxPauseS);

  const speakers = Array.from({ length: 1 + Math.max(-1, ...speakerOf) }, (_, speaker): DiarizedSpeaker => {
    const isOwn = (_value: unknown, window: number) => speakerOf[window] === speaker;
    const windowsS = rows.reduce(
      (sum, row, i) => (isOwn(row, i) ? sum + (times[2 * i + 1] ?? 0) - (times[2 * i] ?? 0) : sum),
      0,
    );
    return {
      turnsS: turns.reduce((sum, turn) => (turn.speaker === speaker ? sum + turn.endS - turn.startS : sum), 0),
      embedding: {
        vector: meanEmbedding(core, rows.filter(isOwn)),
        quality: frontEnd.quality(manifest.qualityLimits, netSpeechShare * windowsS),
        modelSha256: manifest.onnx.sha256,
      },
    };
  });
  return { turns, speakers, quality };
}

/** Begin and end of each window, seconds, interleaved. Throws `invalid_argument` for more than fit in memory. */
function planWindows(frontEnd: FrontEnd, heardS: number, { windowS, hopS }: DiarizePlan): Float64Array {
  if (heardS > MAX_SPEECH_S) {
    throw new VoiceprintError(
      'invalid_argument',
      `The recording holds ${Math.ceil(heardS / 60)} minutes of speech, more than the ${MAX_SPEECH_S / 60} that are told apart at once: cut it into parts.`,
    );
  }
  const times = frontEnd.planWindows(windowS, hopS);
  if (times.length / 2 > MAX_WINDOWS) {
    throw new VoiceprintError(
      'invalid_argument',
      `The recording has ${times.length / 2} windows, more than ${MAX_WINDOWS}: choose a longer hopS, or cut it into parts.`,
    );
  }
  return times;
}

async function embedWindows(
  frontEnd: FrontEnd,
  numWindows: number,
  { network, task, clock }: { readonly network: Network; readonly task: Task; readonly clock: StageClock },
): Promise<{ readonly rows: readonly Float32Array[]; readonly durations: readonly number[] }> {
  const embedding = task.part(0, EMBEDDING);
  const rows: Float32Array[] = [];
  const durations: number[] = [];
  for (let i = 0; i < numWindows; i++) {
    const { durationS, ...features } = frontEnd.window(i);
    clock.book('frontEndMs');
    rows.push(await network.embed(features));
    durations.push(durationS);
    clock.book('networkMs');
    await embedding.step(rows.length / numWindows);
    clock.skip();
  }
  return { rows, durations };
}
