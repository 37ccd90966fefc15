/** The two sentences that nobody should miss, and where the rest is told. */
import { say } from '../language';
import { addressOf, view } from '../route';

export function PageFooter() {
  const { privacy, limits, more } = say().shell;
  return (
    <footer>
      <p>{privacy}</p>
      <p>{limits}</p>
      {view.value !== 'about' && (
        <p>
          <a href={addressOf('about')}>{more}</a>
        </p>
      )}
    </footer>
  );
}
