/** Offers a newer version of the page, which takes over only when the user wants it. */
import { say } from '../language';
import { dismissUpdate, takeUpdate, updateReady } from '../offline';

export function OfflineNotice() {
  const words = say().shell.update;
  if (!updateReady.value) return null;
  return (
    <div class="update" role="status">
      <p>
        <b>{words.ready}</b> {words.caution}
      </p>
      <button type="button" class="button button-primary" onClick={takeUpdate}>
        {words.reload}
      </button>
      <button type="button" class="button" onClick={dismissUpdate}>
        {words.later}
      </button>
    </div>
  );
}
