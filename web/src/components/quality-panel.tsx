/** What was measured of a take: the notes with their cures, then the figures. */
import type { Quality } from 'voiceprint-wasm';
import { say } from '../language';
import { plain, seconds } from '../words/numbers';
import { qualityNotes, usableNote } from '../words/quality';
import { Icon } from './icon';

export function QualityPanel({ quality }: { quality: Quality }) {
  const { figures } = say().takes;
  return (
    <div class="quality">
      {quality.ok ? (
        <p class="note note-good">
          <Icon name="check" />
          <span>{usableNote(quality)}</span>
        </p>
      ) : (
        qualityNotes(quality).map(({ finding, cure }) => (
          <p key={finding} class="note note-warn">
            <Icon name="warning" />
            <span>
              <strong>{finding}</strong> {cure}
            </span>
          </p>
        ))
      )}
      <dl class="figures">
        <Figure term={figures.speech} value={seconds(quality.netSpeechS)} />
        <Figure term={figures.level} value={`${plain(quality.levelDbfs, 0)} dBFS`} />
        <Figure term={figures.snr} value={`${plain(quality.snrDb, 0)} dB`} />
        <Figure term={figures.bandwidth} value={`${(quality.bandwidthHz / 1000).toFixed(1)} kHz`} />
      </dl>
    </div>
  );
}

function Figure({ term, value }: { term: string; value: string }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{value}</dd>
    </div>
  );
}
