/** The model card in short: what it is and how often it errs, per condition with intervals. */
import type { ConditionResult, ModelInfo } from 'voiceprint-wasm';
import { engineStatus } from '../engine';
import { conditionName } from '../words/condition';
import { bytes, percent } from '../words/numbers';

export function ModelFacts() {
  const engine = engineStatus.value;
  return (
    <section class="facts" aria-labelledby="facts">
      <h2 id="facts">How good is it?</h2>
      {engine.kind === 'ready' ? (
        <Facts model={engine.voiceprint.model} />
      ) : (
        <p class="hint">Shown once the model is loaded.</p>
      )}
    </section>
  );
}

function Facts({ model }: { model: ModelInfo }) {
  return (
    <>
      <p>
        Measured with the voices of people whom the network never heard in training. The equal error rate (EER) is the
        error at the setting where both kinds of mistake are equally common. Lower is better; guessing gives 50%. The
        thresholds were set on these same recordings, so expect somewhat more mistakes elsewhere.
      </p>
      <table class="conditions">
        <thead>
          <tr>
            <th scope="col">Recordings</th>
            <th scope="col" class="number">
              EER
            </th>
            <th scope="col">95% interval</th>
            <th scope="col" class="number">
              Speakers
            </th>
          </tr>
        </thead>
        <tbody>
          {model.evaluation.map((result) => (
            <Condition key={result.condition} result={result} />
          ))}
        </tbody>
      </table>
      <p class="model-line">
        <b>{model.name}</b> {model.version} · {bytes(model.bytes)} · {model.embeddingDim} numbers per voiceprint ·{' '}
        {model.sampleRateHz / 1000} kHz · {model.licence} (<a href="./licences.txt">all licences</a>) ·{' '}
        <span class="hash">SHA-256 {model.sha256.slice(0, 12)}…</span>
      </p>
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
          {percent(low)} to {percent(high)}
        </span>
      </td>
      <td class="number">{result.speakers}</td>
    </tr>
  );
}
