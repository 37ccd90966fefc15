/** Where the time of the latest answer went, stage by stage, and what a second of sound costs. */
import { say } from '../language';
import { lastTiming } from '../question';
import { seconds, twoDigits } from '../words/numbers';

export function TimingPanel() {
  const words = say().about.timing;
  const timing = lastTiming.value;
  return (
    <section class="facts" aria-labelledby="timing">
      <h2 id="timing">{words.heading}</h2>
      {timing === null ? <p class="hint">{words.none}</p> : <Stages {...timing} />}
      <p class="hint">{words.measured}</p>
    </section>
  );
}

function Stages({ tookS, audioS, stages }: NonNullable<typeof lastTiming.value>) {
  const words = say().about.timing;
  const tookMs = 1000 * tookS;
  const { decodeMs, frontEndMs, networkMs } = stages;
  const rest = Math.max(0, tookMs - decodeMs - frontEndMs - networkMs);
  const rows = [
    [words.decode, decodeMs],
    [words.frontEnd, frontEndMs],
    [words.network, networkMs],
    [words.rest, rest],
  ] as const;
  return (
    <table class="conditions timing">
      <caption>{words.caption(seconds(audioS))}</caption>
      <thead>
        <tr>
          <th scope="col">{words.stage}</th>
          <th scope="col">{words.share}</th>
          <th scope="col" class="number">
            {words.time}
          </th>
          <th scope="col" class="number">
            {words.perSecond}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, ms]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>
              <span class="timing-bar" aria-hidden="true">
                <span style={{ width: `${(100 * ms) / tookMs}%` }} />
              </span>
              <span class="visually-hidden">{Math.round((100 * ms) / tookMs)}%</span>
            </td>
            <td class="number">{milliseconds(ms)}</td>
            <td class="number">{milliseconds(ms / audioS)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">{words.all}</th>
          <td>{words.times(twoDigits(audioS / tookS))}</td>
          <td class="number">{milliseconds(tookMs)}</td>
          <td class="number">{milliseconds(tookMs / audioS)}</td>
        </tr>
      </tfoot>
    </table>
  );
}

const milliseconds = (value: number): string => say().about.timing.ms(value < 10 ? value.toFixed(1) : twoDigits(value));
