/** A problem with its cure, read out when it appears. */
import type { ComponentChildren } from 'preact';
import type { Problem } from '../words/problem';
import { Icon } from './icon';

interface Props {
  readonly problem: Problem;
  readonly wide?: boolean;
  /** What can be done about it at once. */
  readonly children?: ComponentChildren;
}

export function ProblemNotice({ problem, wide = false, children }: Props) {
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
        {children}
      </span>
    </div>
  );
}
