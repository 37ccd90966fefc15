/** How well "who spoke when" was answered: `voiceprint/diarization_metrics.h`. */
import type { Core } from './module.js';

export interface NumberedTurn {
  readonly beginS: number;
  readonly endS: number;
  /** From 0; reference and hypothesis number theirs independently. */
  readonly speaker: number;
}

/** Seconds are summed over speakers: one in which two speak counts as two. */
export interface DiarizationError {
  /** The sum of the errors over `speechS`. */
  readonly rate: number;
  /** Scored speech of the reference. */
  readonly speechS: number;
  readonly missedS: number;
  readonly falseAlarmS: number;
  readonly confusionS: number;
}

const TURN_FIELDS = 3;
const ERROR_FIELDS = 5;

/**
 * Nothing is scored within `collarS` of a turn's begin or end in the reference. Throws `undefined_value` where that
 * leaves no speech to score, and `invalid_argument` naming the turn.
 */
export function measureDiarization(
  core: Core,
  reference: readonly NumberedTurn[],
  hypothesis: readonly NumberedTurn[],
  collarS: number,
): DiarizationError {
  const turns = [...reference, ...hypothesis].flatMap(({ beginS, endS, speaker }) => [beginS, endS, speaker]);
  return core.scratch((turns.length + ERROR_FIELDS) * 8, (errorAt) => {
    const referenceAt = errorAt + ERROR_FIELDS * 8;
    const hypothesisAt = referenceAt + reference.length * TURN_FIELDS * 8;
    core.doubles(referenceAt, turns.length).set(turns);
    core.check(
      core.c.vp_measure_diarization(referenceAt, reference.length, hypothesisAt, hypothesis.length, collarS, errorAt),
    );
    const fields = [...core.doubles(errorAt, ERROR_FIELDS)] as [number, number, number, number, number];
    const [rate, speechS, missedS, falseAlarmS, confusionS] = fields;
    return { rate, speechS, missedS, falseAlarmS, confusionS };
  });
}
