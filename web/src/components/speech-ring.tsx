/** How much speech was heard, as a ring that closes at the goal. */
import type { ComponentChildren } from 'preact';

interface Props {
  /** 0 to 1. */
  readonly fraction: number;
  readonly label: string;
  readonly children: ComponentChildren;
}

const RADIUS = 34;
const AROUND = 2 * Math.PI * RADIUS;

export function SpeechRing({ fraction, label, children }: Props) {
  const share = Math.max(0, Math.min(1, fraction));
  return (
    <div
      class={share === 1 ? 'ring ring-full' : 'ring'}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(100 * share)}
    >
      <svg viewBox="0 0 80 80" aria-hidden="true">
        <circle class="ring-track" cx="40" cy="40" r={RADIUS} />
        <circle class="ring-value" cx="40" cy="40" r={RADIUS} stroke-dasharray={`${share * AROUND} ${AROUND}`} />
      </svg>
      <div class="ring-words" aria-hidden="true">
        {children}
      </div>
    </div>
  );
}
