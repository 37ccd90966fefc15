/** The heading of a view, which takes the focus when the view appears. */
export function Intro({ heading, text }: { heading: string; text: string }) {
  return (
    <div class="intro">
      <h1 tabIndex={-1}>{heading}</h1>
      <p>{text}</p>
    </div>
  );
}
