/** What the verdict rests on besides the recordings: the operating point and the prior. */
import type { OperatingPoint } from 'voiceprint-wasm';
import { changeSetting, pTarget, targetFalseAlarmRate } from '../comparison';
import { percent, shareOf } from '../words/numbers';

const PRIORS = [
  { value: 0.5, words: '50%: as likely as not' },
  { value: 0.1, words: '10%: 1 in 10' },
  { value: 0.01, words: '1%: 1 in 100' },
  { value: 0.001, words: '0.1%: 1 in 1,000' },
] as const;

interface Props {
  readonly chosen: OperatingPoint;
  readonly points: readonly OperatingPoint[];
}

export function Assumptions({ chosen, points }: Props) {
  return (
    <div class="assumptions">
      <div class="field">
        <label class="field-name" for="false-alarm-rate">
          Mistaking strangers for one person
        </label>
        <OperatingPointChoice chosen={chosen} points={points} />
        <span class="hint" id="false-alarm-hint">
          Measured: {percent(chosen.measuredFalseAlarmRate)} false alarms, {percent(chosen.measuredMissRate)} misses{' '}
          <span class="trial-list">({chosen.trialList})</span>.
        </span>
      </div>
      <div class="field">
        <label class="field-name" for="prior">
          Before listening, one person seemed
        </label>
        <PriorChoice />
        <span class="hint" id="prior-hint">
          Changes the probability only, never the decision.
        </span>
      </div>
    </div>
  );
}

function OperatingPointChoice({ chosen, points }: Props) {
  const lenientFirst = [...points].sort((a, b) => b.targetFalseAlarmRate - a.targetFalseAlarmRate);
  return (
    <select
      id="false-alarm-rate"
      aria-describedby="false-alarm-hint"
      disabled={points.length === 1}
      value={String(chosen.targetFalseAlarmRate)}
      onChange={({ currentTarget }) =>
        changeSetting(() => {
          targetFalseAlarmRate.value = Number(currentTarget.value);
        })
      }
    >
      {lenientFirst.map((point) => (
        <option key={point.name} value={String(point.targetFalseAlarmRate)}>
          may happen to {shareOf(point.targetFalseAlarmRate, 'pairs')}
        </option>
      ))}
    </select>
  );
}

function PriorChoice() {
  return (
    <select
      id="prior"
      aria-describedby="prior-hint"
      value={String(pTarget.value)}
      onChange={({ currentTarget }) =>
        changeSetting(() => {
          pTarget.value = Number(currentTarget.value);
        })
      }
    >
      {PRIORS.map(({ value, words }) => (
        <option key={value} value={String(value)}>
          {words}
        </option>
      ))}
    </select>
  );
}
