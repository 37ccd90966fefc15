import { engineStatus, loadEngine } from '../engine';
import { type Theme, theme } from '../theme';
import { Icon } from './icon';

const NEXT: Readonly<Record<Theme, Theme>> = { auto: 'light', light: 'dark', dark: 'auto' };
const NAMES: Readonly<Record<Theme, string>> = { auto: 'as the system', light: 'light', dark: 'dark' };

export function PageHeader() {
  return (
    <header class="page-header">
      <span class="wordmark">
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M3 10.5v3m3.6-6v9m3.6-12.5v16m3.6-12v8m3.6-10.5v13m3.6-8v3" />
        </svg>
        voiceprint
      </span>
      <EngineBadge />
      <button
        type="button"
        class="round-button"
        onClick={() => {
          theme.value = NEXT[theme.value];
        }}
      >
        <Icon name={theme.value} />
        <span class="visually-hidden">Colours: {NAMES[theme.value]}. Change</span>
      </button>
    </header>
  );
}

function EngineBadge() {
  const status = engineStatus.value;
  switch (status.kind) {
    case 'loading':
      return (
        <span class="badge" data-engine="loading">
          <progress aria-label="Loading the model" max={1} value={status.fraction} />
          <span>
            Loading<span class="badge-more"> the model</span>
          </span>
        </span>
      );
    case 'ready':
      return (
        <span class="badge" data-engine="ready">
          <span class="badge-dot" aria-hidden="true" />
          <span>
            Ready<span class="badge-more">, works on this device</span>
          </span>
        </span>
      );
    case 'failed':
      return (
        <span class="badge badge-failed" data-engine="failed">
          Model not loaded
          <button type="button" class="link-button" onClick={() => void loadEngine().catch(() => undefined)}>
            Try again
          </button>
        </span>
      );
  }
}
