/**
 * The score on a ruler with the threshold of the operating point; the other operating points are faint marks. The score is the cosine, or
 * the LLR where the model decides by more than the cosine, because no place among cosines is then a threshold.
 */
import type { OperatingPoint } from 'voiceprint-wasm';
import { say } from '../language';
import type { Judgement } from '../question';
import { plain } from '../words/numbers';

interface Props {
  readonly answer: Judgement;
  readonly points: readonly OperatingPoint[];
}

interface Scale {
  readonly value: number;
  readonly threshold: number;
  readonly others: readonly number[];
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  readonly digits: number;
  readonly caption: string;
}

/** A tick closer to the threshold than this part of the scale would be written across its mark. */
const CLEARANCE = 0.04;
/** Part of the scale that a zone needs to hold its name. */
const LABEL_SHARE = 0.2;

export function ScoreRuler({ answer, points }: Props) {
  const words = say().verdict.ruler;
  const scale = scaleOf(answer, points);
  if (!scale) return null;
  const { value, threshold, low, high, digits } = scale;
  const share = (at: number) => (at - low) / (high - low);
  const at = (where: number) => `${100 * share(where)}%`;
  return (
    <figure class="ruler">
      <div class="ruler-scale" role="img" aria-label={words.label(plain(value, 2), plain(threshold, 2))}>
        <div class="ruler-needle" style={{ left: at(value) }}>
          <span class={`ruler-label${edge(share(value))}`}>
            {words.score} <b>{plain(value, 2)}</b>
          </span>
        </div>
        <div class="ruler-bar">
          <span class="ruler-zone ruler-different" style={{ width: at(threshold) }}>
            {share(threshold) > LABEL_SHARE && words.different}
          </span>
          <span class="ruler-zone ruler-same">{1 - share(threshold) > LABEL_SHARE && words.same}</span>
          {scale.others.map((other) => (
            <span key={other} class="ruler-other" style={{ left: at(other) }} />
          ))}
        </div>
        <div class="ruler-threshold" style={{ left: at(threshold) }}>
          <span class={`ruler-label${edge(share(threshold))}`}>
            {words.needed} <b>{plain(threshold, 2)}</b>
          </span>
        </div>
        <div class="ruler-ticks">
          {scale.ticks
            .filter((tick) => tick >= low && tick <= high && Math.abs(share(tick) - share(threshold)) > CLEARANCE)
            .map((tick) => (
              <span key={tick} class={edge(share(tick)).trim()} style={{ left: at(tick) }}>
                {plain(tick, digits)}
              </span>
            ))}
        </div>
      </div>
      <figcaption>{scale.caption}</figcaption>
    </figure>
  );
}

function scaleOf({ score, llr, threshold: chosen }: Judgement, points: readonly OperatingPoint[]): Scale | null {
  const words = say().verdict.ruler;
  const others = points.filter(({ name }) => name !== chosen.name);
  if (chosen.thresholdScore !== null && score !== null) {
    return {
      value: score,
      threshold: chosen.thresholdScore,
      others: others.flatMap(({ thresholdScore }) => thresholdScore ?? []),
      low: Math.min(-0.2, score - 0.05, chosen.thresholdScore - 0.05),
      high: 1,
      ticks: [-0.8, -0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.6, 0.8, 1],
      digits: 1,
      caption: words.caption,
    };
  }
  if (llr === null) return null;
  const reach = Math.max(8, Math.abs(llr) + 1, Math.abs(chosen.thresholdLlr) + 1);
  const step = reach > 20 ? 10 : 4;
  return {
    value: llr,
    threshold: chosen.thresholdLlr,
    others: others.map(({ thresholdLlr }) => thresholdLlr),
    low: -reach,
    high: reach,
    ticks: Array.from({ length: 21 }, (_, i) => step * (i - 10)),
    digits: 0,
    caption: words.captionLlr,
  };
}

/** Near an end of the scale a label is aligned to its mark instead of centred on it. */
function edge(share: number): string {
  if (share < 0.12) return ' ruler-label-left';
  return share > 0.88 ? ' ruler-label-right' : '';
}
