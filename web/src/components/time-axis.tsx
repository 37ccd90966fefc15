/** Times under a picture of a recording, at round distances. */
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600];
const MOST_TICKS = 7;

export function TimeAxis({ durationS }: { durationS: number }) {
  const step = STEPS_S.find((one) => durationS / one < MOST_TICKS) ?? durationS;
  const ticks = Array.from({ length: 1 + Math.floor(durationS / step) }, (_, i) => i * step);
  return (
    <div class="time-axis" aria-hidden="true">
      {ticks.map((s) => (
        <span key={s} style={{ left: `${(100 * s) / durationS}%` }}>
          {`${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`}
        </span>
      ))}
    </div>
  );
}
