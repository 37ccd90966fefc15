/** The speakers with their share of the talk, and who of them is enrolled. */
import type { Diarization, Identification } from 'voiceprint-wasm';
import { say } from '../language';
import { people } from '../people';
import { addressOf } from '../route';
import { identifications } from '../speaker-names';
import { evidenceStrength } from '../words/evidence';
import { percent, seconds, shareOf } from '../words/numbers';
import { speakerColour } from './turn-lanes';

export function SpeakersTable({ found, labels }: { found: Diarization; labels: readonly string[] }) {
  const words = say().speakers;
  const identified = identifications.value;
  const wholeS = found.speakers.reduce((sum, { turnsS }) => sum + turnsS, 0);
  return (
    <table class="conditions speakers-table">
      <caption class="visually-hidden">{words.people}</caption>
      <thead>
        <tr>
          <th scope="col">{words.who}</th>
          <th scope="col">{words.share}</th>
          <th scope="col" class="number">
            {words.talk}
          </th>
          <th scope="col" class="number">
            {words.numTurns}
          </th>
        </tr>
      </thead>
      <tbody>
        {found.speakers.map(({ turnsS }, i) => (
          <tr key={labels[i]} class={speakerColour(i)}>
            <th scope="row">
              <span class="speaker-name">
                <span class="speaker-dot" aria-hidden="true" />
                <b>{labels[i]}</b>
              </span>
              {identified[i] && <Enrolled speaker={i} identification={identified[i]} />}
            </th>
            <td>
              <span class="share">
                <span class="share-bar" aria-hidden="true">
                  <span style={{ width: `${(100 * turnsS) / wholeS}%` }} />
                </span>
                {percent(Math.round((100 * turnsS) / wholeS) / 100)}
              </span>
            </td>
            <td class="number">{seconds(turnsS)}</td>
            <td class="number">{found.turns.filter(({ speaker }) => speaker === i).length}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What the gallery decided, and how strong the evidence behind a name is. */
function Enrolled({ speaker, identification }: { speaker: number; identification: Identification }) {
  const words = say().speakers;
  const { match, decision, candidates } = identification;
  const llr = candidates.find(({ name }) => name === match)?.llr;
  if (match === null) return <p class="hint">{decision === 'inconclusive' ? words.unclear : words.stranger}</p>;
  return (
    <p class="hint">
      {words.speaker(speaker + 1)}: {words.accepted(match)}
      {llr !== undefined && ` · ${evidenceStrength(llr)}`}
    </p>
  );
}

/** What a name means, or why there is none. */
export function NameHint() {
  const words = say().speakers;
  const stored = people.value;
  const [first] = identifications.value;
  if (first) {
    return (
      <p class="hint">
        {words.decision} {words.mistaken(shareOf(first.searchFalseAlarmRate, 'people'))}
      </p>
    );
  }
  if (stored.kind !== 'ready' || stored.list.length > 0) return null;
  return (
    <p class="hint">
      {stored.numOtherModels > 0 ? say().people.nobodyOfModel : words.nobodyEnrolled}{' '}
      <a href={addressOf({ view: 'enroll' })}>{say().people.add}</a>
    </p>
  );
}
