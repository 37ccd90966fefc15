/** An error rate as so many of a hundred dots, for readers who think in people and not in percent. */
import { say } from '../language';

const COLUMNS = 25;
const DOTS = Array.from({ length: 100 }, (_, i) => i);

export function ErrorDots({ rate, words }: { rate: number; words: (count: string) => string }) {
  const count = Math.round(100 * rate);
  const told = rate > 0 && count === 0 ? say().verdict.setting.lessThanOne : String(count);
  return (
    <figure class="error-dots">
      <figcaption>{words(told)}</figcaption>
      <svg viewBox={`0 0 ${COLUMNS * 10} 40`} aria-hidden="true">
        {DOTS.map((i) => (
          <circle
            key={i}
            cx={5 + 10 * (i % COLUMNS)}
            cy={5 + 10 * Math.floor(i / COLUMNS)}
            r={3.4}
            class={i < count ? 'dot-wrong' : 'dot-right'}
          />
        ))}
      </svg>
    </figure>
  );
}
