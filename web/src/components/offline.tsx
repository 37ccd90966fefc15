/** Whether the page also opens without a connection. */
import { say } from '../language';
import { offlineState } from '../offline';

export function Offline() {
  const words = say().about.offline;
  return (
    <section class="facts" aria-labelledby="offline" data-offline={offlineState.value}>
      <h2 id="offline">{words.heading}</h2>
      <p>
        {words[offlineState.value]} {offlineState.value === 'ready' && words.install}
      </p>
    </section>
  );
}
