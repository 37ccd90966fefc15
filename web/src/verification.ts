/** Is this recording of the chosen person? Asked as soon as there are both. */
import { effect, signal } from '@preact/signals';
import type { Verification } from 'voiceprint-wasm';
import { modelInUse } from './engine';
import { openPeople } from './people';
import { Question } from './question';
import { embeddingOf } from './takes/embedding';
import { Slot } from './takes/slot';

/** '' while nobody is chosen. */
export const claimedName = signal('');
export const probeSlot = new Slot('');
export const verification = new Question<Verification & { readonly audioS: number }>();

effect(() => {
  const name = claimedName.value;
  const take = probeSlot.take.value;
  modelInUse.value;
  verification.reset();
  if (name !== '' && take) {
    void verification.ask(async (options) => {
      const probe = await embeddingOf(take);
      const { timing, audioS } = probe;
      return { ...(await (await openPeople()).verify(name, probe, options)), timing, audioS };
    });
  }
});
