/** What went wrong, in words with a cure. */
import { VoiceprintError } from 'voiceprint-wasm';
import { say } from '../language';
import type { Words } from './en';

export interface ProblemWords {
  readonly title: string;
  readonly cure: string;
  /** For specialists, in English: what the package itself said. */
  readonly detail?: string;
}

/** A problem is told when it is shown, in the language of that moment. */
export type Problem = () => ProblemWords;

export type Activity = keyof Words['problems']['activities'];

/** An error of the page itself that brings its own words. */
export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem().title);
  }
}

/** The words for any error that was thrown during the activity. */
export function problemOf(error: unknown, activity: Activity): Problem {
  if (error instanceof ProblemError) return error.problem;
  return () => {
    const { codes, activities } = say().problems;
    const code = error instanceof VoiceprintError ? error.code : '';
    if (activity === 'people' && code === 'invalid_argument') return say().problems.name;
    if (activity === 'importing' && code === 'gallery_corrupt') return say().problems.importedFile;
    return (codes as Readonly<Record<string, ProblemWords>>)[code] ?? activities[activity];
  };
}

/** The words for an error of a model that the user brought: the package names the field, so its own message goes along. */
export function ownModelProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  return () => {
    const { manifest_invalid, manifest_version, model_corrupt, other } = say().problems.ownModel;
    const known: Readonly<Record<string, ProblemWords>> = { manifest_invalid, manifest_version, model_corrupt };
    const words = known[error instanceof VoiceprintError ? error.code : ''] ?? other;
    return { ...words, detail: error instanceof Error ? error.message : String(error) };
  };
}
