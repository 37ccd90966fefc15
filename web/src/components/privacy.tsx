/** What happens to the recordings. */
import { say } from '../language';

export function Privacy() {
  const { heading, text, consent } = say().about.privacy;
  return (
    <section class="facts" aria-labelledby="privacy">
      <h2 id="privacy">{heading}</h2>
      <p>{text}</p>
      <p class="hint">{consent}</p>
    </section>
  );
}
