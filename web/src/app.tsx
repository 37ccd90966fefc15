import { EngineProblem } from './components/engine-problem';
import { OfflineNotice } from './components/offline-notice';
import { PageFooter } from './components/page-footer';
import { PageHeader } from './components/page-header';
import { say } from './language';
import { type View, view } from './route';
import { AboutView } from './views/about';
import { CompareView } from './views/compare';

const VIEWS: Readonly<Record<View, () => preact.JSX.Element>> = { compare: CompareView, about: AboutView };

export function App() {
  const Shown = VIEWS[view.value];
  return (
    <>
      <button type="button" class="button skip-link" onClick={skip}>
        {say().shell.skip}
      </button>
      <PageHeader />
      <main>
        <EngineProblem />
        <Shown key={view.value} />
      </main>
      <PageFooter />
      <OfflineNotice />
    </>
  );
}

function skip(): void {
  document.querySelector<HTMLElement>('main h1')?.focus();
}
