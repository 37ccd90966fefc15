/** Which model is in use, and which others may be. */
import { engineStatus } from '../engine';
import { say } from '../language';
import { bytes } from '../words/numbers';
import { ModelChoice } from './model-choice';

export function ModelPanel() {
  const engine = engineStatus.value;
  const words = say().about.model;
  if (engine.kind !== 'ready') return null;
  const { model } = engine.voiceprint;
  return (
    <section class="facts" aria-labelledby="model">
      <h2 id="model">{words.heading}</h2>
      <dl class="properties">
        <Property term={words.name}>
          <b>{model.name}</b> {model.version}
        </Property>
        <Property term={words.size}>{bytes(model.bytes)}</Property>
        <Property term={words.embedding}>{words.numbers(model.embeddingDim)}</Property>
        <Property term={words.rate}>{model.sampleRateHz / 1000} kHz</Property>
        <Property term={words.licence}>
          {model.licence} (<a href="./licences.txt">{words.allLicences}</a>)
        </Property>
        <Property term={words.hash}>
          <code class="hash">{model.sha256}</code>
        </Property>
        <Property term={words.runs}>{words.runsValue}</Property>
        <Property term={words.load}>{words.loadValue(engine.loadedInS.toFixed(1))}</Property>
      </dl>
      <ModelChoice />
    </section>
  );
}

function Property({ term, children }: { term: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}
