/** What the page does not promise. */
export function Limits() {
  return (
    <section class="facts" aria-labelledby="limits">
      <h2 id="limits">What it cannot do</h2>
      <ul class="plain-list">
        <li>
          <strong>It does not detect tricks.</strong> A replayed recording, a synthetic voice or a cloned voice is
          judged like any other.
        </li>
        <li>
          <strong>It makes mistakes,</strong> more of them with short, noisy or muffled recordings, children, colds,
          shouting, and relatives who sound alike.
        </li>
        <li>
          <strong>It is not proof.</strong> Do not rest a legal, financial or safety decision on it alone.
        </li>
      </ul>
    </section>
  );
}
