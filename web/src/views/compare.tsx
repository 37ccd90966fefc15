/** Two recordings in, one verdict out. */
import { useEffect } from 'preact/hooks';
import { slots } from '../comparison';
import { CompareBar } from '../components/compare-bar';
import { Intro } from '../components/intro';
import { LiveRegion } from '../components/live-region';
import { SlotCard } from '../components/slot-card';
import { VerdictPanel } from '../components/verdict-panel';
import { say } from '../language';

export function CompareView() {
  // No microphone stays open behind another view: what was recorded until then is kept.
  useEffect(
    () => () => {
      for (const slot of [slots.A, slots.B]) slot.leave();
    },
    [],
  );
  const { heading, intro } = say().verdict;
  return (
    <>
      <Intro heading={heading} text={intro} />
      <div class="slots">
        <SlotCard slot={slots.A} />
        <SlotCard slot={slots.B} />
      </div>
      <CompareBar />
      <VerdictPanel />
      <LiveRegion />
    </>
  );
}
