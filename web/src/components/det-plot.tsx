/** Misses against false alarms on normal-deviate axes: a straight line for Gaussian scores, nearer to the corner for a better model. */
import type { OperatingPoint } from 'voiceprint-wasm';
import { probit } from '../drawing/probit';
import { say } from '../language';
import type { ErrorRates } from '../llr-distribution';
import { percent, shareOf } from '../words/numbers';

const TICKS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8] as const;
const SIZE = 360;
const LEFT = 58;
const TOP = 12;
const BOTTOM = 52;
const PLOT = SIZE - LEFT - 12;
const HEIGHT = TOP + PLOT + BOTTOM;
/** What the number at a tick needs. */
const TICK_WIDTH = 34;
const TICK_HEIGHT = 14;
/** What the longest label of a point needs, in either language. */
const LABEL_WIDTH = 138;
/** A rate that was measured as 0 is drawn at the edge. */
const SMALLEST = 0.0005;

/** The ticks whose numbers have room, from the largest on. */
function spaced(ticks: readonly number[], at: (tick: number) => number, room: number): readonly number[] {
  const kept: number[] = [];
  for (const tick of [...ticks].reverse()) {
    const last = kept.at(-1);
    if (last === undefined || Math.abs(at(tick) - at(last)) >= room) kept.push(tick);
  }
  return kept;
}

/** Right above a point; left below it where the picture ends too soon. */
function labelPlace(x: number, y: number) {
  if (x + LABEL_WIDTH <= SIZE) return { x: x + 10, y: y - 6 };
  return { x: x - 10, y: y + 16, 'text-anchor': 'end' } as const;
}

/** Of one condition, drawn faintly. */
export interface ConditionCurve {
  readonly condition: string;
  readonly curve: readonly ErrorRates[];
  /** As `stroke-dasharray`. */
  readonly dashes: string;
}

interface Props {
  readonly points: readonly OperatingPoint[];
  readonly standard: string;
  /** Of all conditions; empty: a line through the points stands for it. */
  readonly curve: readonly ErrorRates[];
  readonly conditions: readonly ConditionCurve[];
}

export function DetPlot({ points, standard, curve, conditions }: Props) {
  const words = say().about.tradeOff;
  const rates = points.flatMap((point) => [point.measuredFalseAlarmRate, point.measuredMissRate]);
  const low = Math.max(SMALLEST, Math.min(0.01, ...rates.filter((rate) => rate > 0)) * 0.7);
  const high = Math.min(0.95, Math.max(0.4, ...rates) * 1.15);
  const share = (rate: number) =>
    (probit(Math.min(high, Math.max(low, rate))) - probit(low)) / (probit(high) - probit(low));
  const x = (rate: number) => LEFT + PLOT * share(rate);
  const y = (rate: number) => TOP + PLOT * (1 - share(rate));
  const ticks = TICKS.filter((tick) => tick >= low && tick <= high);
  const across = spaced(ticks, x, TICK_WIDTH);
  const up = spaced(ticks, y, TICK_HEIGHT);
  const isInside = (rate: number) => rate >= low && rate <= high;
  const line = (rates: readonly ErrorRates[]) =>
    rates
      .filter(({ falseAlarms, misses }) => isInside(falseAlarms) && isInside(misses))
      .map(({ falseAlarms, misses }) => `${x(falseAlarms)},${y(misses)}`)
      .join(' ');
  const throughPoints = points.map((point) => ({
    falseAlarms: point.measuredFalseAlarmRate,
    misses: point.measuredMissRate,
  }));
  return (
    <svg class="det" viewBox={`0 0 ${SIZE} ${HEIGHT}`} role="img" aria-label={words.picture}>
      {ticks.map((tick) => (
        <g key={tick}>
          <path class="det-grid" d={`M${x(tick)} ${TOP}v${PLOT}M${LEFT} ${y(tick)}h${PLOT}`} />
          {across.includes(tick) && (
            <text x={x(tick)} y={TOP + PLOT + 18} text-anchor="middle">
              {percent(tick)}
            </text>
          )}
          {up.includes(tick) && (
            <text x={LEFT - 8} y={y(tick) + 4} text-anchor="end">
              {percent(tick)}
            </text>
          )}
        </g>
      ))}
      <path class="det-equal" d={`M${x(low)} ${y(low)}L${x(high)} ${y(high)}`} />
      {conditions.map(({ condition, curve: rates, dashes }) => (
        <polyline key={condition} class="det-condition" stroke-dasharray={dashes} points={line(rates)} />
      ))}
      <polyline class="det-line" points={line(curve.length > 0 ? curve : throughPoints)} />
      {points.map((point) => (
        <circle
          key={point.name}
          class={point.name === standard ? 'det-point det-standard' : 'det-point'}
          cx={x(point.measuredFalseAlarmRate)}
          cy={y(point.measuredMissRate)}
          r={point.name === standard ? 6 : 4.5}
        />
      ))}
      {points.map((point) => (
        <text
          key={point.name}
          class="det-label"
          {...labelPlace(x(point.measuredFalseAlarmRate), y(point.measuredMissRate))}
        >
          {shareOf(point.targetFalseAlarmRate, 'pairs')}
        </text>
      ))}
      <text class="det-axis" x={LEFT + PLOT / 2} y={HEIGHT - 8} text-anchor="middle">
        {words.falseAlarms}
      </text>
      <text class="det-axis" transform={`translate(14 ${TOP + PLOT / 2}) rotate(-90)`} text-anchor="middle">
        {words.misses}
      </text>
    </svg>
  );
}
