import { render } from 'preact';
import { App } from './app';
import { loadEngine } from './engine';
import { followLanguage } from './language';
import { keepForOffline } from './offline';
import { followPeople } from './people';
import { followAddress } from './route';
import { followTheme } from './theme';
import './styles/page.css';

// A file dropped beside a card must not replace the page.
for (const type of ['dragover', 'drop'] as const) {
  window.addEventListener(type, (event) => event.preventDefault());
}

followTheme();
followLanguage();
followAddress();
followPeople();
const root = document.getElementById('app');
if (root) render(<App />, root);

// First the page, then the model, then the copy for offline use. A failure is shown by the page. A tab that opens in the background is never
// drawn, but loads all the same: hence no animation frame.
setTimeout(() => {
  void loadEngine()
    .catch(() => undefined)
    .then(keepForOffline);
});
