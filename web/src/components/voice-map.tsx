/** The map of the voices: a mark for each utterance, tied to the middle of its person. Colour and shape tell people apart. */

import { say } from '../language';
import { namesOf, type VoiceGroup, type Voices } from '../voices';
import { percent } from '../words/numbers';

const WIDTH = 380;
const HEIGHT = 300;
const MARGIN_X = 56;
const MARGIN_Y = 34;
const COLOURS = 8;
const MARK = 5;
const SHAPES = [
  `M${-MARK} 0a${MARK} ${MARK} 0 1 0 ${2 * MARK} 0a${MARK} ${MARK} 0 1 0 ${-2 * MARK} 0`,
  `M${-MARK} ${-MARK}h${2 * MARK}v${2 * MARK}h${-2 * MARK}z`,
  `M0 ${-MARK - 1}l${MARK + 1} ${2 * MARK}h${-2 * MARK - 2}z`,
  `M0 ${-MARK - 2}l${MARK + 2} ${MARK + 2}l${-MARK - 2} ${MARK + 2}l${-MARK - 2} ${-MARK - 2}z`,
] as const;
const LINE = 16;
/** Longer names would leave the picture. */
const LONGEST_NAME = 16;

interface Placed {
  readonly group: VoiceGroup;
  readonly marks: readonly (readonly [x: number, y: number])[];
  readonly middle: readonly [x: number, y: number];
}

export function VoiceMapPicture({ voices }: { voices: Voices }) {
  const words = say().people.voices;
  const people = place(voices);
  const labels = placeLabels(people);
  return (
    <figure class="voices-figure">
      <svg class="voice-map" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={words.mapLabel(people.length)}>
        {people.map(({ group, marks, middle }, i) => (
          <g key={group.name} class={`voice voice-${i % COLOURS}`}>
            {marks.map(([x, y], k) => (
              <path key={k} class="voice-tie" d={`M${x} ${y}L${middle[0]} ${middle[1]}`} />
            ))}
            {marks.map(([x, y], k) => (
              <path key={k} class="voice-mark" transform={`translate(${x} ${y})`} d={SHAPES[i % SHAPES.length]}>
                <title>{namesOf(group)[k]}</title>
              </path>
            ))}
          </g>
        ))}
        {people.map(({ group }, i) => (
          <text key={group.name} class="voice-name" text-anchor="middle" x={labels[i]?.[0]} y={labels[i]?.[1]}>
            {shortened(group.name)}
          </text>
        ))}
      </svg>
      <figcaption class="hint">{words.mapText(percent(voices.map.share))}</figcaption>
    </figure>
  );
}

/** Both directions at one scale, so that distances mean the same everywhere. */
function place({ groups, map: { points } }: Voices): readonly Placed[] {
  const xs = points.filter((_, i) => i % 2 === 0);
  const ys = points.filter((_, i) => i % 2 === 1);
  const range = (values: Float32Array) => [Math.min(...values), Math.max(...values)] as const;
  const [left, right] = range(xs);
  const [bottom, top] = range(ys);
  const scale = Math.min(
    (WIDTH - 2 * MARGIN_X) / Math.max(right - left, 1e-3),
    (HEIGHT - 2 * MARGIN_Y) / Math.max(top - bottom, 1e-3),
  );
  const at = (i: number) =>
    [
      WIDTH / 2 + scale * ((xs[i] ?? 0) - (left + right) / 2),
      HEIGHT / 2 - scale * ((ys[i] ?? 0) - (bottom + top) / 2),
    ] as const;
  return groups.map((group) => {
    const marks = Array.from({ length: group.end - group.begin }, (_, k) => at(group.begin + k));
    const mean = (axis: 0 | 1) => marks.reduce((sum, mark) => sum + mark[axis], 0) / marks.length;
    return { group, marks, middle: [mean(0), mean(1)] };
  });
}

/** Above the marks of the person, or below where another name or the edge is in the way. */
function placeLabels(people: readonly Placed[]): readonly (readonly [number, number])[] {
  const placed: { x: number; y: number; width: number }[] = [];
  for (const { group, marks, middle } of people) {
    const width = 8 * shortened(group.name).length;
    const x = Math.max(width / 2, Math.min(WIDTH - width / 2, middle[0]));
    const highest = Math.min(...marks.map(([, y]) => y));
    const lowest = Math.max(...marks.map(([, y]) => y));
    const isFree = (y: number) =>
      y >= LINE - 2 &&
      y <= HEIGHT - 4 &&
      placed.every((other) => Math.abs(other.y - y) >= LINE || Math.abs(other.x - x) >= (other.width + width) / 2);
    const choices = [0, 1, 2, 3].flatMap((k) => [highest - 10 - k * LINE, lowest + 20 + k * LINE]);
    placed.push({ x, y: choices.find(isFree) ?? highest - 10, width });
  }
  return placed.map(({ x, y }) => [x, y]);
}

function shortened(name: string): string {
  const letters = [...name];
  return letters.length <= LONGEST_NAME ? name : `${letters.slice(0, LONGEST_NAME - 1).join('')}…`;
}
