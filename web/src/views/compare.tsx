/** Two recordings in, one verdict out. */
import { comparison, slots } from '../comparison';
import { CompareBar } from '../components/compare-bar';
import { Intro } from '../components/intro';
import { SlotCard } from '../components/slot-card';
import { useLeaving } from '../components/use-leaving';
import { VerdictPanel } from '../components/verdict-panel';
import { say } from '../language';
import { comparisonWords } from '../words/verdict';

export function CompareView() {
  useLeaving(slots.A, slots.B);
  const { heading, intro } = say().verdict;
  return (
    <>
      <Intro heading={heading} text={intro} />
      <div class="slots">
        <SlotCard slot={slots.A} />
        <SlotCard slot={slots.B} />
      </div>
      <CompareBar />
      <VerdictPanel question={comparison} tell={comparisonWords} />
    </>
  );
}
