/** What the verdict rests on besides the recordings: the operating point and the prior. */
import type { OperatingPoint } from 'voiceprint-wasm';
import { say } from '../language';
import { changeSetting, pTarget, targetFalseAlarmRate } from '../question';
import { shareOf } from '../words/numbers';
import { ErrorDots } from './error-dots';

const PRIORS = ['0.5', '0.1', '0.01', '0.001'] as const;

interface Props {
  readonly chosen: OperatingPoint;
  readonly points: readonly OperatingPoint[];
}

export function Assumptions({ chosen, points }: Props) {
  return (
    <div class="assumptions">
      <Strictness chosen={chosen} points={points} />
      <Prior />
    </div>
  );
}

/** Chooses among the operating points, lenient to strict, and shows with which errors each was measured. */
export function Strictness({ chosen, points }: Props) {
  const words = say().verdict.setting;
  const lenientFirst = [...points].sort((a, b) => b.targetFalseAlarmRate - a.targetFalseAlarmRate);
  const share = words.value(shareOf(chosen.targetFalseAlarmRate, 'pairs'));
  return (
    <div class="field strictness">
      <label class="field-name" for="strictness">
        {words.label}
      </label>
      <output class="setting-value" for="strictness">
        {share}
      </output>
      <input
        id="strictness"
        type="range"
        min={0}
        max={points.length - 1}
        step={1}
        disabled={points.length === 1}
        value={lenientFirst.findIndex(({ name }) => name === chosen.name)}
        aria-valuetext={share}
        aria-describedby="strictness-effect"
        onInput={({ currentTarget }) => {
          const point = lenientFirst[Number(currentTarget.value)];
          if (point) changeSetting(() => (targetFalseAlarmRate.value = point.targetFalseAlarmRate));
        }}
      />
      <div class="slider-ends" aria-hidden="true">
        <span>{words.lenient}</span>
        <span>{words.strict}</span>
      </div>
      <div class="setting-effect" id="strictness-effect">
        <ErrorDots rate={chosen.measuredFalseAlarmRate} words={words.passes} />
        <ErrorDots rate={chosen.measuredMissRate} words={words.fails} />
        <p class="hint">{words.source(chosen.trialList)}</p>
      </div>
    </div>
  );
}

function Prior() {
  const words = say().verdict.prior;
  return (
    <div class="field">
      <label class="field-name" for="prior">
        {words.label}
      </label>
      <select
        id="prior"
        aria-describedby="prior-hint"
        value={String(pTarget.value)}
        onChange={({ currentTarget }) => changeSetting(() => (pTarget.value = Number(currentTarget.value)))}
      >
        {PRIORS.map((value) => (
          <option key={value} value={value}>
            {words.options[value]}
          </option>
        ))}
      </select>
      <span class="hint" id="prior-hint">
        {words.hint}
      </span>
    </div>
  );
}
