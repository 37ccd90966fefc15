/** Windows of speech to speakers, speakers to turns: `voiceprint/diarization.h`. */
import type { SpeakerTurn } from '../diarization-types.js';
import type { Core } from './module.js';

export interface ClusterOptions {
  /** Mean LLR between clusters from which on they are one speaker. */
  readonly minLlr: number;
  /** 0: as many as the LLRs say. */
  readonly numSpeakers: number;
  readonly maxSpeakers: number;
  /** What is heard for less is no speaker of its own. */
  readonly minSpeakerS: number;
}

const OPTION_FIELDS = 4;

/** The speaker of each of n windows, numbered from 0 in order of time. `llrs`: row-major [n][n]; `times`: begin and end of each, interleaved. */
export function clusterSpeakers(
  core: Core,
  llrs: Float32Array,
  times: Float64Array,
  { minLlr, numSpeakers, maxSpeakers, minSpeakerS }: ClusterOptions,
): number[] {
  const numWindows = times.length / 2;
  const numDoubles = OPTION_FIELDS + times.length;
  return core.scratch(8 * numDoubles + 4 * numWindows + llrs.byteLength, (optionsAt) => {
    const timesAt = optionsAt + 8 * OPTION_FIELDS;
    const speakersAt = optionsAt + 8 * numDoubles;
    const llrsAt = speakersAt + 4 * numWindows;
    core.doubles(optionsAt, OPTION_FIELDS).set([minLlr, numSpeakers, maxSpeakers, minSpeakerS]);
    core.doubles(timesAt, times.length).set(times);
    core.floats(llrsAt, llrs.length).set(llrs);
    core.check(core.c.vp_cluster_speakers(llrsAt, timesAt, numWindows, optionsAt, speakersAt));
    return Array.from({ length: numWindows }, (_, i) => core.uint(speakersAt + 4 * i));
  });
}

/** `times`: begin and end of each window, interleaved. */
export function joinTurns(
  core: Core,
  times: Float64Array,
  speakers: readonly number[],
  maxPauseS: number,
): SpeakerTurn[] {
  const count = speakers.length;
  return core.scratch(times.byteLength + 24 * count + 4 * count + 4, (timesAt) => {
    const turnsAt = timesAt + times.byteLength;
    const speakersAt = turnsAt + 24 * count;
    const numAt = speakersAt + 4 * count;
    core.doubles(timesAt, times.length).set(times);
    core.bytes(speakersAt, 4 * count).set(new Uint8Array(Uint32Array.from(speakers).buffer));
    core.check(core.c.vp_join_turns(timesAt, speakersAt, count, maxPauseS, turnsAt, numAt));
    const fields = core.doubles(turnsAt, 3 * core.uint(numAt));
    return Array.from({ length: fields.length / 3 }, (_, i) => {
      const [startS = 0, endS = 0, speaker = 0] = fields.subarray(3 * i, 3 * i + 3);
      return { startS, endS, speaker };
    });
  });
}
