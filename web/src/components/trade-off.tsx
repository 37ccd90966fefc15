/** The operating points of the model: as points of its DET curve, and as a table. */
import type { ModelInfo, OperatingPoint } from 'voiceprint-wasm';
import { engineStatus } from '../engine';
import { say } from '../language';
import { detCurve, llrDistribution } from '../llr-distribution';
import { conditionName } from '../words/condition';
import { percent, plain, shareOf, signed } from '../words/numbers';
import { type ConditionCurve, DetPlot } from './det-plot';

export function TradeOff() {
  const engine = engineStatus.value;
  const words = say().about.tradeOff;
  return (
    <section class="facts" aria-labelledby="trade-off">
      <h2 id="trade-off">{words.heading}</h2>
      <p>{words.text}</p>
      {engine.kind === 'ready' && <Points model={engine.voiceprint.model} />}
    </section>
  );
}

/** One for each condition, and again from the start when there are more. */
const DASHES = ['1 3', '6 3', '10 3 2 3', '14 4'] as const;

function conditionCurves({ evaluation }: ModelInfo): readonly ConditionCurve[] {
  return evaluation.flatMap((result, i) => {
    const distribution = llrDistribution([result]);
    if (!distribution) return [];
    return { condition: result.condition, curve: detCurve(distribution), dashes: DASHES[i % DASHES.length] ?? '' };
  });
}

function Points({ model }: { model: ModelInfo }) {
  const words = say().about.tradeOff;
  const points = [...model.operatingPoints].sort((a, b) => b.targetFalseAlarmRate - a.targetFalseAlarmRate);
  const distribution = llrDistribution(model.evaluation);
  const conditions = conditionCurves(model);
  // Where the model decides by more than the cosine, no cosine is a threshold.
  const ofCosine = points.every(({ thresholdScore }) => thresholdScore !== null);
  const trialLists = [...new Set(points.map(({ trialList }) => trialList))];
  return (
    <>
      <DetPlot
        points={points}
        standard={model.defaultOperatingPoint}
        curve={distribution ? detCurve(distribution) : []}
        conditions={conditions}
      />
      {conditions.length > 0 && <DetLegend conditions={conditions} />}
      <table class="conditions">
        <thead>
          <tr>
            <th scope="col">{words.setting}</th>
            {ofCosine && (
              <th scope="col" class="number">
                {words.score}
              </th>
            )}
            <th scope="col" class="number">
              {words.llr}
            </th>
            <th scope="col" class="number">
              {words.falseAlarmsShort}
            </th>
            <th scope="col" class="number">
              {words.missesShort}
            </th>
          </tr>
        </thead>
        <tbody>
          {points.map((point) => (
            <Row
              key={point.name}
              point={point}
              standard={point.name === model.defaultOperatingPoint}
              ofCosine={ofCosine}
            />
          ))}
        </tbody>
      </table>
      <p class="hint">{words.source(trialLists.join(', '))}</p>
    </>
  );
}

function DetLegend({ conditions }: { conditions: readonly ConditionCurve[] }) {
  return (
    <ul class="det-legend">
      <DetKey kind="det-line" dashes="" name={say().about.tradeOff.together} />
      {conditions.map(({ condition, dashes }) => (
        <DetKey key={condition} kind="det-condition" dashes={dashes} name={conditionName(condition)} />
      ))}
    </ul>
  );
}

function DetKey({ kind, dashes, name }: { kind: string; dashes: string; name: string }) {
  return (
    <li>
      <svg class="det-key" viewBox="0 0 32 8" aria-hidden="true">
        <path class={kind} stroke-dasharray={dashes} d="M0 4h32" />
      </svg>
      {name}
    </li>
  );
}

interface RowProps {
  readonly point: OperatingPoint;
  readonly standard: boolean;
  readonly ofCosine: boolean;
}

function Row({ point, standard, ofCosine }: RowProps) {
  const words = say().about.tradeOff;
  return (
    <tr>
      <th scope="row">
        {shareOf(point.targetFalseAlarmRate, 'pairs')}
        {standard && <span class="tag">{words.standard}</span>}
      </th>
      {ofCosine && <td class="number">{plain(point.thresholdScore ?? 0, 2)}</td>}
      <td class="number">{signed(point.thresholdLlr, 2)}</td>
      <td class="number">{percent(point.measuredFalseAlarmRate)}</td>
      <td class="number">{percent(point.measuredMissRate)}</td>
    </tr>
  );
}
