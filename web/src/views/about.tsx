/** How good the model is, which model it is, what it cannot do, and what the page keeps. */
import { Intro } from '../components/intro';
import { Limits } from '../components/limits';
import { ModelFacts } from '../components/model-facts';
import { ModelPanel } from '../components/model-panel';
import { Offline } from '../components/offline';
import { OwnModel } from '../components/own-model';
import { Privacy } from '../components/privacy';
import { TimingPanel } from '../components/timing-panel';
import { TradeOff } from '../components/trade-off';
import { say } from '../language';

export function AboutView() {
  const { heading, intro } = say().about;
  return (
    <>
      <Intro heading={heading} text={intro} />
      <div class="about">
        <div class="about-column">
          <ModelFacts />
          <TradeOff />
          <TimingPanel />
        </div>
        <div class="about-column">
          <Limits />
          <Privacy />
          <ModelPanel />
          <OwnModel />
          <Offline />
        </div>
      </div>
    </>
  );
}
