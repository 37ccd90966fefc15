import { slots } from './comparison';
import { CompareBar } from './components/compare-bar';
import { EngineProblem } from './components/engine-problem';
import { Limits } from './components/limits';
import { LiveRegion } from './components/live-region';
import { ModelFacts } from './components/model-facts';
import { PageHeader } from './components/page-header';
import { Privacy } from './components/privacy';
import { SlotCard } from './components/slot-card';
import { VerdictPanel } from './components/verdict-panel';

export function App() {
  return (
    <>
      <PageHeader />
      <main>
        <div class="intro">
          <h1>Is it the same voice?</h1>
          <p>
            Give two recordings of someone speaking. The answer is worked out on your device, and no sound leaves this
            page.
          </p>
        </div>
        <EngineProblem />
        <div class="slots">
          <SlotCard slot={slots.A} />
          <SlotCard slot={slots.B} />
        </div>
        <CompareBar />
        <VerdictPanel />
        <LiveRegion />
      </main>
      <footer>
        <ModelFacts />
        <Limits />
        <Privacy />
      </footer>
    </>
  );
}
