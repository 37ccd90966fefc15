/** The model card in short: what it is and how often it errs, per condition with intervals. */
import type { ConditionResult, ModelInfo } from 'voiceprint-wasm';
import { engineStatus } from '../engine';
import { say } from '../language';
import { conditionName } from '../words/condition';
import { percent } from '../words/numbers';

export function ModelFacts() {
  const engine = engineStatus.value;
  return (
    <section class="facts" aria-labelledby="facts">
      <h2 id="facts">{say().about.facts.heading}</h2>
      {engine.kind === 'ready' ? (
        <Facts model={engine.voiceprint.model} />
      ) : (
        <p class="hint">{say().about.facts.waiting}</p>
      )}
    </section>
  );
}

function Facts({ model }: { model: ModelInfo }) {
  const words = say().about.facts;
  if (model.evaluation.length === 0) return <p>{words.none}</p>;
  return (
    <>
      <p>{words.text}</p>
      <table class="conditions">
        <thead>
          <tr>
            <th scope="col">{words.recordings}</th>
            <th scope="col" class="number">
              {words.eer}
            </th>
            <th scope="col">{words.interval}</th>
            <th scope="col" class="number">
              {words.speakers}
            </th>
          </tr>
        </thead>
        <tbody>
          {model.evaluation.map((result) => (
            <Condition key={result.condition} result={result} />
          ))}
        </tbody>
      </table>
    </>
  );
}

/** Widest error rate that the interval bars show. */
const BAR_END = 0.3;

function Condition({ result }: { result: ConditionResult }) {
  const [low, high] = result.eerInterval;
  const at = (value: number) => `${(100 * Math.min(value, BAR_END)) / BAR_END}%`;
  return (
    <tr>
      <th scope="row">{conditionName(result.condition)}</th>
      <td class="number">
        <b>{percent(result.eer)}</b>
      </td>
      <td>
        <span class="interval">
          <span class="interval-bar" aria-hidden="true">
            <span class="interval-range" style={{ left: at(low), width: at(high - low) }} />
            <span class="interval-point" style={{ left: at(result.eer) }} />
          </span>
          {say().about.facts.range(percent(low), percent(high))}
        </span>
      </td>
      <td class="number">{result.speakers}</td>
    </tr>
  );
}
