import { EngineProblem } from './components/engine-problem';
import { OfflineNotice } from './components/offline-notice';
import { PageFooter } from './components/page-footer';
import { PageHeader } from './components/page-header';
import { say } from './language';
import { type Route, route } from './route';
import { AboutView } from './views/about';
import { CompareView } from './views/compare';
import { EnrollView } from './views/enroll';
import { LiveView } from './views/live';
import { PeopleView } from './views/people';
import { SpeakersView } from './views/speakers';
import { VerifyView } from './views/verify';

const VIEWS: Readonly<Record<Route['view'], () => preact.JSX.Element>> = {
  compare: CompareView,
  people: PeopleView,
  enroll: EnrollView,
  verify: VerifyView,
  live: LiveView,
  speakers: SpeakersView,
  about: AboutView,
};

export function App() {
  const Shown = VIEWS[route.value.view];
  return (
    <>
      <button type="button" class="button skip-link" onClick={skip}>
        {say().shell.skip}
      </button>
      <PageHeader />
      <main>
        <EngineProblem />
        <Shown key={route.value.view} />
      </main>
      <PageFooter />
      <OfflineNotice />
    </>
  );
}

function skip(): void {
  document.querySelector<HTMLElement>('main h1')?.focus();
}
