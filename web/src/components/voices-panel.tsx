/** How well the enrolled voices can be told apart: in numbers, as the picture of all pairs, and as a map. */
import { useEffect } from 'preact/hooks';
import { modelInUse } from '../engine';
import { say } from '../language';
import { people } from '../people';
import { targetFalseAlarmRate } from '../question';
import { compareVoices, MOST_UTTERANCES, type Neighbourhood, neighbourhoods, voicesState } from '../voices';
import { signed } from '../words/numbers';
import { ProblemNotice } from './problem-notice';
import { SimilarityMatrix } from './similarity-matrix';
import { VoiceMapPicture } from './voice-map';

export function VoicesPanel() {
  const words = say().people.voices;
  const stored = people.value;
  useEffect(() => {
    if (stored.kind === 'ready') void compareVoices();
  }, [stored]);
  const state = voicesState.value;
  const model = modelInUse.value;
  if (state.kind === 'none' || stored.kind !== 'ready' || stored.list.length === 0 || !model) return null;
  const { operatingPoints, defaultOperatingPoint } = model;
  const chosen =
    operatingPoints.find((point) => point.targetFalseAlarmRate === targetFalseAlarmRate.value) ??
    operatingPoints.find(({ name }) => name === defaultOperatingPoint);
  const threshold = chosen?.thresholdLlr ?? 0;
  return (
    <section class="voices" aria-labelledby="voices">
      <h2 id="voices">{words.heading}</h2>
      {state.kind === 'failed' && <ProblemNotice problem={state.problem} />}
      {state.kind === 'many' && <p class="hint">{words.tooMany(state.count, MOST_UTTERANCES)}</p>}
      {state.kind === 'ready' && (
        <>
          <p>{words.text(signed(threshold, 2))}</p>
          <div class="voices-pictures">
            <SimilarityMatrix voices={state.voices} threshold={threshold} />
            <VoiceMapPicture voices={state.voices} />
          </div>
          <Table rows={neighbourhoods(state.voices)} threshold={threshold} />
        </>
      )}
    </section>
  );
}

function Table({ rows, threshold }: { rows: readonly Neighbourhood[]; threshold: number }) {
  const words = say().people.voices;
  return (
    <table class="conditions voices-table">
      <caption class="visually-hidden">{words.table}</caption>
      <thead>
        <tr>
          <th scope="col">{words.person}</th>
          <th scope="col" class="number">
            {words.within}
          </th>
          <th scope="col">{words.nearest}</th>
          <th scope="col" class="number">
            {words.nearestLlr}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, lowestWithin, nearest }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="number">{lowestWithin === null ? '–' : signed(lowestWithin, 1)}</td>
            <td>
              {nearest?.name ?? '–'}
              {nearest && nearest.llr >= threshold && <span class="tag tag-warn">{words.confusable}</span>}
            </td>
            <td class="number">{nearest ? signed(nearest.llr, 1) : '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
