/** From one judgement after another to a speaker who does not flicker. */
import type { Identification } from '../gallery-types.js';
import type { LiveSpeaker } from '../live-types.js';

export interface HysteresisOptions {
  readonly confirmations: number;
  readonly hysteresisLlr: number;
  readonly holdS: number;
}

type Vote = Pick<LiveSpeaker, 'state' | 'name'>;

const UNKNOWN: Vote = { state: 'unknown', name: null };
const SILENCE: Vote = { state: 'silence', name: null };

/** Two looks at the same speech may differ in its end by less. */
const LEAST_NEWS_S = 0.1;

export class Hysteresis {
  speaker: LiveSpeaker = { ...SILENCE, sinceS: 0 };
  /** Null while somebody speaks, also before it is known who. */
  silentSinceS: number | null = 0;
  private lastSpeechS = 0;
  /** Until when the present speaker surely was the one who spoke. */
  private heldUntilS = 0;
  private pending: LiveSpeaker = this.speaker;
  private numPending = 0;

  constructor(private readonly options: HysteresisOptions) {}

  /** Of what was heard until `timeS`, with speech from `beginS` to `endS`. True when the speaker is another one than before. */
  judge(identification: Identification, timeS: number, { beginS, endS }: { beginS: number; endS: number }): boolean {
    const vote = this.voteOf(identification);
    const hasNews = endS - this.lastSpeechS >= LEAST_NEWS_S;
    // What cannot be judged says nothing, until it lasts.
    if (vote !== null) this.lastSpeechS = endS;
    this.silentSinceS = timeS - this.lastSpeechS >= this.options.holdS ? this.lastSpeechS : null;
    if (this.silentSinceS !== null) {
      this.pending = { ...SILENCE, sinceS: this.silentSinceS };
      return this.become(this.pending, this.silentSinceS);
    }
    // Nor does less and less of the speech that was judged before tell of another speaker.
    if (vote === null || (!hasNews && this.speaker.state !== 'silence')) return false;
    if (!isSame(vote, this.pending)) {
      this.pending = { ...vote, sinceS: Math.max(beginS, this.heldUntilS) };
      this.numPending = 0;
    }
    this.numPending++;
    if (isSame(vote, this.speaker)) this.heldUntilS = timeS;
    return this.numPending >= this.options.confirmations && this.become(this.pending, timeS);
  }

  private voteOf({ decision, match, candidates, threshold }: Identification): Vote | null {
    if (decision === 'inconclusive') return null;
    if (match !== null) return { state: 'known', name: match };
    const [best] = candidates;
    const stays = best?.name === this.speaker.name && best.llr >= threshold.thresholdLlr - this.options.hysteresisLlr;
    return stays ? { state: 'known', name: best.name } : UNKNOWN;
  }

  private become(speaker: LiveSpeaker, untilS: number): boolean {
    if (isSame(speaker, this.speaker)) return false;
    this.speaker = speaker;
    this.heldUntilS = untilS;
    return true;
  }
}

function isSame(a: Vote, b: Vote): boolean {
  return a.state === b.state && a.name === b.name;
}
