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

export class Hysteresis {
  speaker: LiveSpeaker = { ...SILENCE, sinceS: 0 };
  private pending: Vote = SILENCE;
  private numPending = 0;
  private lastSpeechS = 0;

  constructor(private readonly options: HysteresisOptions) {}

  /** True when the speaker is another one than before. */
  judge(identification: Identification, timeS: number): boolean {
    const vote = this.voteOf(identification);
    if (vote === null) {
      // What cannot be judged says nothing, until it lasts.
      return timeS - this.lastSpeechS >= this.options.holdS && this.become(SILENCE, timeS);
    }
    this.lastSpeechS = timeS;
    this.numPending = isSame(vote, this.pending) ? this.numPending + 1 : 1;
    this.pending = vote;
    return this.numPending >= this.options.confirmations && this.become(vote, timeS);
  }

  private voteOf({ decision, match, candidates, threshold }: Identification): Vote | null {
    if (decision === 'inconclusive') return null;
    if (match !== null) return { state: 'known', name: match };
    const [best] = candidates;
    const stays = best?.name === this.speaker.name && best.llr >= threshold.thresholdLlr - this.options.hysteresisLlr;
    return stays ? { state: 'known', name: best.name } : UNKNOWN;
  }

  private become(vote: Vote, timeS: number): boolean {
    if (isSame(vote, this.speaker)) return false;
    this.speaker = { ...vote, sinceS: timeS };
    return true;
  }
}

function isSame(a: Vote, b: Vote): boolean {
  return a.state === b.state && a.name === b.name;
}
