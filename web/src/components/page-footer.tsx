/** The two sentences that nobody should miss, and where the rest is told. */
import { say } from '../language';
import { addressOf, route } from '../route';

export function PageFooter() {
  const { privacy, limits, more } = say().shell;
  return (
    <footer>
      <p>{privacy}</p>
      <p>{limits}</p>
      {route.value.view !== 'about' && (
        <p>
          <a href={addressOf({ view: 'about' })}>{more}</a>
        </p>
      )}
    </footer>
  );
}
