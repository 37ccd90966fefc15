/** A problem with its cure, read out when it appears. */
import type { Problem } from '../words/problem';
import { Icon } from './icon';

export function ProblemNotice({ problem, wide = false }: { problem: Problem; wide?: boolean }) {
  const { title, cure, detail } = problem();
  return (
    <div class={wide ? 'note note-warn note-wide' : 'note note-warn'} role="alert">
      <Icon name="warning" />
      <span>
        <strong>{title}</strong> {cure}
        {detail !== undefined && (
          <code class="detail" lang="en">
            {detail}
          </code>
        )}
      </span>
    </div>
  );
}
