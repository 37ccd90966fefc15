/** The score on a ruler with the threshold of the operating point; the other operating points are faint marks. */
import type { OperatingPoint } from 'voiceprint-wasm';
import { say } from '../language';
import { plain } from '../words/numbers';

interface Props {
  readonly score: number;
  readonly chosen: OperatingPoint;
  readonly points: readonly OperatingPoint[];
}

/** An operating point whose threshold is a cosine. */
type CosinePoint = OperatingPoint & { readonly thresholdScore: number };

const TICKS = [-0.2, 0, 0.2, 0.4, 0.6, 0.8, 1];
/** A tick closer to the threshold than this would be written across its mark. */
const CLEARANCE = 0.05;
/** Part of the scale that a zone needs to hold its name. */
const LABEL_SHARE = 0.2;

/** Nothing where the model decides by more than the cosine: no place on this ruler is then a threshold. */
export function ScoreRuler({ score, chosen, points }: Props) {
  const words = say().verdict.ruler;
  const threshold = chosen.thresholdScore;
  if (threshold === null) return null;
  const low = Math.min(-0.2, score - 0.05, threshold - 0.05);
  const share = (value: number) => (value - low) / (1 - low);
  const at = (value: number) => `${100 * share(value)}%`;
  return (
    <figure class="ruler">
      <div class="ruler-scale" role="img" aria-label={words.label(plain(score, 2), plain(threshold, 2))}>
        <div class="ruler-needle" style={{ left: at(score) }}>
          <span class={`ruler-label${edge(share(score))}`}>
            {words.thisPair} <b>{plain(score, 2)}</b>
          </span>
        </div>
        <div class="ruler-bar">
          <span class="ruler-zone ruler-different" style={{ width: at(threshold) }}>
            {share(threshold) > LABEL_SHARE && words.different}
          </span>
          <span class="ruler-zone ruler-same">{1 - share(threshold) > LABEL_SHARE && words.same}</span>
          {points
            .filter((point): point is CosinePoint => point.name !== chosen.name && point.thresholdScore !== null)
            .map((point) => (
              <span key={point.name} class="ruler-other" style={{ left: at(point.thresholdScore) }} />
            ))}
        </div>
        <div class="ruler-threshold" style={{ left: at(threshold) }}>
          <span class={`ruler-label${edge(share(threshold))}`}>
            {words.needed} <b>{plain(threshold, 2)}</b>
          </span>
        </div>
        <div class="ruler-ticks">
          {TICKS.filter((tick) => tick >= low && Math.abs(tick - threshold) > CLEARANCE).map((tick) => (
            <span key={tick} style={{ left: at(tick) }}>
              {plain(tick, 1)}
            </span>
          ))}
        </div>
      </div>
      <figcaption>{words.caption}</figcaption>
    </figure>
  );
}

/** Near an end of the scale a label is aligned to its mark instead of centred on it. */
function edge(share: number): string {
  if (share < 0.12) return ' ruler-label-left';
  return share > 0.88 ? ' ruler-label-right' : '';
}
