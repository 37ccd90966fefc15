/** The answer of the moment, large, and read out when it changes. */
import type { LiveUpdate } from 'voiceprint-wasm';
import { say } from '../language';
import { liveLevelDbfs } from '../live';
import { speakerWords } from '../words/live-speaker';

const FLOOR_DBFS = -60;

export function LiveSpeakerCard({ update }: { update: LiveUpdate | null }) {
  const words = say().live;
  const speaker = update?.speaker;
  const state = speaker?.state ?? 'silence';
  const { headline, hint } = speakerWords(update);
  return (
    <section class={`card live-speaker live-${state}`} aria-label={words.now} data-speaker={speaker?.name ?? state}>
      <span class="avatar avatar-large" aria-hidden="true">
        {state === 'known' ? [...(speaker?.name ?? '')][0] : state === 'unknown' ? '?' : '·'}
      </span>
      <div>
        <p class="live-headline" role="status" aria-live="polite">
          {headline}
        </p>
        <p class="hint">{hint}</p>
      </div>
      <Level label={words.level} />
    </section>
  );
}

function Level({ label }: { label: string }) {
  const level = Math.max(0, Math.min(1, 1 - liveLevelDbfs.value / FLOOR_DBFS));
  return (
    <div class="live-level" role="img" aria-label={label}>
      <span style={{ width: `${100 * level}%` }} />
    </div>
  );
}
