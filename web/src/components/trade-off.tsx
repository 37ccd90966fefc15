/** The operating points of the model: as points of its DET curve, and as a table. */
import type { ModelInfo, OperatingPoint } from 'voiceprint-wasm';
import { engineStatus } from '../engine';
import { say } from '../language';
import { percent, plain, shareOf, signed } from '../words/numbers';
import { DetPlot } from './det-plot';

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

function Points({ model }: { model: ModelInfo }) {
  const words = say().about.tradeOff;
  const points = [...model.operatingPoints].sort((a, b) => b.targetFalseAlarmRate - a.targetFalseAlarmRate);
  const trialLists = [...new Set(points.map(({ trialList }) => trialList))];
  return (
    <>
      <DetPlot points={points} standard={model.defaultOperatingPoint} />
      <table class="conditions">
        <thead>
          <tr>
            <th scope="col">{words.setting}</th>
            <th scope="col" class="number">
              {words.score}
            </th>
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
            <Row key={point.name} point={point} standard={point.name === model.defaultOperatingPoint} />
          ))}
        </tbody>
      </table>
      <p class="hint">{words.source(trialLists.join(', '))}</p>
    </>
  );
}

function Row({ point, standard }: { point: OperatingPoint; standard: boolean }) {
  const words = say().about.tradeOff;
  return (
    <tr>
      <th scope="row">
        {shareOf(point.targetFalseAlarmRate, 'pairs')}
        {standard && <span class="tag">{words.standard}</span>}
      </th>
      <td class="number">{point.thresholdScore === null ? '–' : plain(point.thresholdScore, 2)}</td>
      <td class="number">{signed(point.thresholdLlr, 2)}</td>
      <td class="number">{percent(point.measuredFalseAlarmRate)}</td>
      <td class="number">{percent(point.measuredMissRate)}</td>
    </tr>
  );
}
