/** What the page does not promise. */
import { say } from '../language';

export function Limits() {
  const { heading, items } = say().about.limits;
  return (
    <section class="facts" aria-labelledby="limits">
      <h2 id="limits">{heading}</h2>
      <ul class="plain-list">
        {items.map(({ strong, rest }) => (
          <li key={strong}>
            <strong>{strong}</strong> {rest}
          </li>
        ))}
      </ul>
    </section>
  );
}
