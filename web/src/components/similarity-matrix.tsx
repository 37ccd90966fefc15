/** The picture of all pairs, with the names of the people beside it and, under the pointer, the numbers of a pair. */
import { useCallback, useState } from 'preact/hooks';
import { drawSimilarityMatrix } from '../drawing/similarity-matrix';
import type { Surface } from '../drawing/surface';
import { say } from '../language';
import { namesOf, type Voices } from '../voices';
import { plain, signed } from '../words/numbers';
import { Canvas } from './canvas';

/** Part of the height that a name needs. */
const NAME_SHARE = 0.045;

export function SimilarityMatrix({ voices, threshold }: { voices: Voices; threshold: number }) {
  const words = say().people.voices;
  const { groups, similarity } = voices;
  const { size, llrs, scores } = similarity;
  const utteranceNames = groups.flatMap(namesOf);
  const [cell, setCell] = useState<readonly [number, number] | null>(null);
  const paint = useCallback(
    (surface: Surface) =>
      drawSimilarityMatrix(surface, {
        similarity,
        threshold,
        borders: groups.slice(1).map(({ begin }) => begin),
      }),
    [similarity, threshold, groups],
  );
  const point = (event: PointerEvent & { currentTarget: HTMLElement }) => {
    const box = event.currentTarget.getBoundingClientRect();
    const at = (share: number) => Math.max(0, Math.min(size - 1, Math.floor(share * size)));
    setCell([at((event.clientY - box.top) / box.height), at((event.clientX - box.left) / box.width)]);
  };
  const told = (at: number) => utteranceNames[at] ?? '';
  const pair = cell && cell[0] * size + cell[1];
  return (
    <figure class="voices-figure">
      <div class="matrix">
        <div class="matrix-names" aria-hidden="true">
          {groups.map(({ name, begin, end }) => (
            <span key={name} style={{ flexGrow: end - begin }}>
              {(end - begin) / size >= NAME_SHARE && name}
            </span>
          ))}
        </div>
        <div
          class="matrix-cells"
          role="img"
          aria-label={words.matrixLabel(size)}
          onPointerMove={point}
          onPointerDown={point}
          onPointerLeave={() => setCell(null)}
        >
          <Canvas class="matrix-picture" paint={paint} />
          {cell && (
            <span
              class="matrix-cursor"
              style={{ top: `${(100 * cell[0]) / size}%`, left: `${(100 * cell[1]) / size}%`, width: `${100 / size}%` }}
            />
          )}
        </div>
      </div>
      <p class="hint voices-readout">
        {cell === null || pair === null
          ? words.pointAt
          : cell[0] === cell[1]
            ? words.itself(told(cell[0]))
            : words.pair(told(cell[0]), told(cell[1]), signed(llrs[pair] ?? 0, 1), plain(scores[pair] ?? 0, 2))}
      </p>
      <figcaption class="hint">{words.matrixText}</figcaption>
    </figure>
  );
}
