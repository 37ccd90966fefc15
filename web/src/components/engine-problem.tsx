import { engineStatus, loadEngine } from '../engine';
import { say } from '../language';
import { ProblemNotice } from './problem-notice';

/** Says that nothing can be compared, while the model is missing. */
export function EngineProblem() {
  const status = engineStatus.value;
  if (status.kind !== 'failed') return null;
  return (
    <ProblemNotice problem={status.problem} wide>
      <button type="button" class="button" onClick={() => void loadEngine().catch(() => undefined)}>
        {say().shell.engine.retry}
      </button>
    </ProblemNotice>
  );
}
