/**
 * The score on a ruler with the threshold of the operating point; the other operating points are faint marks. The ruler is one of LLRs, with
 * the development trials over it, where the model tells how these lie, or decides by more than the cosine; else it is one of cosines.
 */
import type { ModelInfo } from 'voiceprint-wasm';
import { say } from '../language';
import { type LlrDistribution, llrDistribution, reach, shareFrom } from '../llr-distribution';
import type { Judgement } from '../question';
import { percent, plain } from '../words/numbers';
import { LlrCurves } from './llr-curves';

interface Props {
  readonly answer: Judgement;
  readonly model: ModelInfo;
}

interface Scale {
  readonly value: number;
  readonly threshold: number;
  readonly others: readonly number[];
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  readonly digits: number;
  readonly unit: 'score' | 'llr';
  readonly distribution: LlrDistribution | null;
}

/** A tick closer to the threshold than this part of the scale would be written across its mark. */
const CLEARANCE = 0.05;
/** Part of the development trials that may lie beyond each end of the ruler. */
const OUTSIDE = 0.005;

export function ScoreRuler({ answer, model }: Props) {
  const words = say().verdict.ruler;
  const scale = scaleOf(answer, model);
  if (!scale) return null;
  const { value, threshold, low, high, digits, unit, distribution } = scale;
  const share = (at: number) => (at - low) / (high - low);
  const at = (where: number) => `${100 * share(where)}%`;
  return (
    <figure class="ruler">
      <div
        class={distribution ? 'ruler-scale ruler-with-curves' : 'ruler-scale'}
        role="img"
        aria-label={words.label(words[unit], plain(value, 2), plain(threshold, 2))}
      >
        {distribution && <LlrCurves distribution={distribution} low={low} high={high} threshold={threshold} />}
        <div class="ruler-needle" style={{ left: at(value) }}>
          <span class={`ruler-label${edge(share(value), LABEL_REACH)}`}>
            {words[unit]} <b>{plain(value, 2)}</b>
          </span>
        </div>
        <div class="ruler-bar">
          <span class="ruler-different" style={{ width: at(threshold) }} />
          <span class="ruler-same" />
          {scale.others.map((other) => (
            <span key={other} class="ruler-other" style={{ left: at(other) }} />
          ))}
        </div>
        <div class="ruler-threshold" style={{ left: at(threshold) }}>
          <span class={`ruler-label${edge(share(threshold), LABEL_REACH)}`}>
            {words.needed} <b>{plain(threshold, 2)}</b>
          </span>
        </div>
        <div class="ruler-ticks">
          {scale.ticks
            .filter((tick) => tick >= low && tick <= high && Math.abs(share(tick) - share(threshold)) > CLEARANCE)
            .map((tick) => (
              <span key={tick} class={edge(share(tick), TICK_REACH).trim()} style={{ left: at(tick) }}>
                {plain(tick, digits)}
              </span>
            ))}
        </div>
      </div>
      <div class="ruler-legend">
        <span class="ruler-key ruler-key-different">{words.different}</span>
        <span class="ruler-key ruler-key-same">{words.same}</span>
      </div>
      <figcaption>
        {distribution && (
          <p>
            {words.standing(
              shareOrNone(shareFrom(distribution, distribution.nonTargets, value)),
              shareOrNone(shareFrom(distribution, distribution.targets, value)),
            )}
          </p>
        )}
        <p>
          {distribution && words.curves} {unit === 'llr' ? words.captionLlr : words.caption}
        </p>
      </figcaption>
    </figure>
  );
}

const shareOrNone = (share: number): string | null => (share === 0 ? null : percent(share));

function scaleOf(
  { score, llr, threshold: chosen }: Judgement,
  { operatingPoints, evaluation }: ModelInfo,
): Scale | null {
  const others = operatingPoints.filter(({ name }) => name !== chosen.name);
  const distribution = llrDistribution(evaluation);
  if (!distribution && chosen.thresholdScore !== null && score !== null) {
    return {
      value: score,
      threshold: chosen.thresholdScore,
      others: others.flatMap(({ thresholdScore }) => thresholdScore ?? []),
      low: Math.min(-0.2, score - 0.05, chosen.thresholdScore - 0.05),
      high: 1,
      ticks: [-0.8, -0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.6, 0.8, 1],
      digits: 1,
      unit: 'score',
      distribution,
    };
  }
  if (llr === null) return null;
  const trials = distribution ? reach(distribution, OUTSIDE) : 0;
  const end = Math.max(8, Math.abs(llr) + 1, Math.abs(chosen.thresholdLlr) + 1, trials);
  const step = end > 20 ? 10 : 4;
  return {
    value: llr,
    threshold: chosen.thresholdLlr,
    others: others.map(({ thresholdLlr }) => thresholdLlr),
    low: -end,
    high: end,
    ticks: Array.from({ length: 21 }, (_, i) => step * (i - 10)),
    digits: 0,
    unit: 'llr',
    distribution,
  };
}

/** So near an end of the scale, words and numbers would stick out. */
const LABEL_REACH = 0.12;
const TICK_REACH = 0.05;

/** Nearer to an end of the scale than `reach`, a label is aligned to its mark instead of centred on it. */
function edge(share: number, reach: number): string {
  if (share < reach) return ' ruler-label-left';
  return share > 1 - reach ? ' ruler-label-right' : '';
}
