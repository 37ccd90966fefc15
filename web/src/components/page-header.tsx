import { engineStatus } from '../engine';
import { chooseLanguage, language, say } from '../language';
import { addressOf, route, SECTIONS, type Section, sectionOf } from '../route';
import { type Theme, theme } from '../theme';
import { Icon, type IconName } from './icon';

const NEXT_THEME: Readonly<Record<Theme, Theme>> = { auto: 'light', light: 'dark', dark: 'auto' };
const ICONS: Readonly<Record<Section, IconName>> = {
  compare: 'compare',
  people: 'people',
  live: 'live',
  speakers: 'speakers',
  about: 'about',
};

export function PageHeader() {
  return (
    <header class="page-header">
      <a class="wordmark" href={addressOf({ view: 'compare' })} aria-label="voiceprint">
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M3 10.5v3m3.6-6v9m3.6-12.5v16m3.6-12v8m3.6-10.5v13m3.6-8v3" />
        </svg>
        <span>voiceprint</span>
      </a>
      <Navigation />
      <EngineBadge />
      <LanguageButton />
      <ThemeButton />
    </header>
  );
}

function Navigation() {
  const words = say().shell;
  return (
    <nav class="views" aria-label={words.views}>
      {SECTIONS.map((one) => (
        <a key={one} href={addressOf({ view: one })} aria-current={sectionOf(route.value) === one ? 'page' : undefined}>
          <Icon name={ICONS[one]} />
          <span>{words[one]}</span>
        </a>
      ))}
    </nav>
  );
}

function LanguageButton() {
  const other = language.value === 'en' ? 'zh' : 'en';
  return (
    <button
      type="button"
      class="language-button"
      lang={other === 'en' ? 'en' : 'zh-Hans'}
      onClick={() => chooseLanguage(other)}
    >
      {other === 'en' ? 'English' : '中文'}
    </button>
  );
}

function ThemeButton() {
  return (
    <button
      type="button"
      class="round-button"
      onClick={() => {
        theme.value = NEXT_THEME[theme.value];
      }}
    >
      <Icon name={theme.value} />
      <span class="visually-hidden">{say().shell.colours(theme.value)}</span>
    </button>
  );
}

function EngineBadge() {
  const status = engineStatus.value;
  const words = say().shell.engine;
  switch (status.kind) {
    case 'loading':
      return (
        <span class="badge" data-engine="loading">
          <progress aria-label={words.loadingLabel} max={1} value={status.fraction} />
          <span>
            {words.loading}
            <span class="badge-more">{words.loadingMore}</span>
          </span>
        </span>
      );
    case 'ready':
      return (
        <span class="badge" data-engine="ready">
          <span class="badge-dot" aria-hidden="true" />
          <span>
            {words.ready}
            <span class="badge-more">{words.readyMore}</span>
          </span>
        </span>
      );
    case 'failed':
      return (
        <span class="badge badge-failed" data-engine="failed">
          {words.failed}
        </span>
      );
  }
}
