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
  const lenientFirst = [...points].sort((a, b) => b.targetFalseAlarmRate - a.targetFalseAlarmRate);
  return (
    <div class="assumptions">
      <label class="field">
        <span class="field-name">Mistaking strangers for one person</span>
        {points.length > 1 ? (
          <select
            name="false-alarm-rate"
            value={String(chosen.targetFalseAlarmRate)}
            onChange={(event) => {
              const rate = Number(event.currentTarget.value);
              changeSetting(() => {
                targetFalseAlarmRate.value = rate;
              });
            }}
          >
            {lenientFirst.map((point) => (
              <option key={point.name} value={String(point.targetFalseAlarmRate)}>
                may happen to {shareOf(point.targetFalseAlarmRate, 'pairs')}
              </option>
            ))}
          </select>
        ) : (
          <span class="field-value">may happen to {shareOf(chosen.targetFalseAlarmRate, 'pairs')}</span>
        )}
        <span class="hint">
          Measured: {percent(chosen.measuredFalseAlarmRate)} false alarms, {percent(chosen.measuredMissRate)} misses on{' '}
          {chosen.trialList}.
        </span>
      </label>
      <label class="field">
        <span class="field-name">Before listening, one person seemed</span>
        <select
          name="prior"
          value={String(pTarget.value)}
          onChange={(event) => {
            const prior = Number(event.currentTarget.value);
            changeSetting(() => {
              pTarget.value = prior;
            });
          }}
        >
          {PRIORS.map(({ value, words }) => (
            <option key={value} value={String(value)}>
              {words}
            </option>
          ))}
        </select>
        <span class="hint">Changes the probability only, never the decision.</span>
      </label>
    </div>
  );
}
