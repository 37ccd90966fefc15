import { engineStatus } from '../engine';
import { Icon } from './icon';

/** Says that nothing can be compared, while the model is missing. */
export function EngineProblem() {
  const status = engineStatus.value;
  if (status.kind !== 'failed') return null;
  return (
    <p class="note note-warn note-wide" role="alert">
      <Icon name="warning" />
      <span>
        <strong>{status.problem.title}</strong> {status.problem.cure}
      </span>
    </p>
  );
}
