import { engineStatus } from '../engine';
import { ProblemNotice } from './problem-notice';

/** Says that nothing can be compared, while the model is missing. */
export function EngineProblem() {
  const status = engineStatus.value;
  return status.kind === 'failed' ? <ProblemNotice problem={status.problem} wide /> : null;
}
