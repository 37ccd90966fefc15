/** Which of the speakers found are enrolled, as the gallery decides at the setting in use. */
import { effect, signal } from '@preact/signals';
import type { Diarization, Identification } from 'voiceprint-wasm';
import { foundSpeakers } from './diarization';
import { openPeople, people } from './people';
import { targetFalseAlarmRate } from './question';

/** In the order of the speakers; empty while nobody is enrolled, or nothing is known yet. */
export const identifications = signal<readonly Identification[]>([]);

let latest: object | null = null;

effect(() => {
  const found = foundSpeakers.value;
  const enrolled = people.value;
  const rate = targetFalseAlarmRate.value;
  const own = {};
  latest = own;
  if (found === null || enrolled.kind !== 'ready' || enrolled.list.length === 0) {
    identifications.value = [];
    return;
  }
  void identify(found, rate).then((all) => {
    if (latest === own) identifications.value = all;
  });
});

/** Where the voiceprints cannot be read, nobody is named: the view of the people tells why. */
async function identify({ speakers }: Diarization, rate: number | null): Promise<readonly Identification[]> {
  try {
    const gallery = await openPeople();
    const options = rate === null ? {} : { targetFalseAlarmRate: rate };
    return await Promise.all(speakers.map(({ embedding }) => gallery.identify(embedding, options)));
  } catch {
    return [];
  }
}
