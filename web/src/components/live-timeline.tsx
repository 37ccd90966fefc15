/** The turns of the last two minutes as a strip that ends now, and as a list with times. */
import { say } from '../language';
import { type Turn, turns } from '../live';

const SPAN_S = 120;
const LISTED = 8;
/** Hues of the style sheet; more people than hues share them, and the names tell them apart. */
const HUES = 6;

export function LiveTimeline({ names }: { names: readonly string[] }) {
  const words = say().live;
  const all = turns.value;
  const nowS = all.at(-1)?.toS ?? 0;
  if (all.length === 0) return null;
  const fromS = Math.max(0, nowS - SPAN_S);
  const spanS = Math.min(SPAN_S, Math.max(nowS, 10));
  const seen = all.filter(({ state, toS }) => state !== 'silence' && toS > fromS);
  const hue = ({ state, name }: Turn) =>
    state === 'known' ? `turn-${Math.max(0, names.indexOf(name ?? '')) % HUES}` : 'turn-unknown';
  const label = ({ state, name }: Turn) => (state === 'known' ? (name ?? '') : words.unknown);
  const share = (s: number) => `${(100 * Math.max(0, s - fromS)) / spanS}%`;
  return (
    <section class="card live-timeline" aria-labelledby="timeline">
      <h2 id="timeline">{words.timeline}</h2>
      <div class="strip" aria-hidden="true">
        {seen.map((turn) => (
          <span
            key={turn.fromS}
            class={`turn ${hue(turn)}`}
            style={{ left: share(turn.fromS), width: `${(100 * (turn.toS - Math.max(fromS, turn.fromS))) / spanS}%` }}
          >
            {label(turn)}
          </span>
        ))}
      </div>
      <div class="strip-ends" aria-hidden="true">
        <span>{words.secondsAgo(Math.round(spanS))}</span>
        <span>{words.rightNow}</span>
      </div>
      <ol class="turns" aria-label={words.turns}>
        {all
          .filter(({ state }) => state !== 'silence')
          .slice(-LISTED)
          .reverse()
          .map((turn) => (
            <li key={turn.fromS}>
              <span class={`turn-dot ${hue(turn)}`} aria-hidden="true" />
              <b>{label(turn)}</b> <span class="muted">{words.at(`${clock(turn.fromS)}–${clock(turn.toS)}`)}</span>
            </li>
          ))}
      </ol>
    </section>
  );
}

/** Since listening began: 0:07, 12:34. */
function clock(s: number): string {
  return `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, '0')}`;
}
