/** What happens to the recordings. */
export function Privacy() {
  return (
    <section class="facts" aria-labelledby="privacy">
      <h2 id="privacy">Your recordings stay here</h2>
      <p>
        All computing happens in this browser tab. No recording is uploaded or stored, there are no cookies and no
        analytics, and the page's own security policy forbids it to contact any other server. Close the tab and the
        recordings are gone.
      </p>
      <p class="hint">Compare voices only of people who agree to it.</p>
    </section>
  );
}
