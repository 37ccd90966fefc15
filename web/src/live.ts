/** Who is speaking now: the microphone, the package's live identifier, and the turns of the last minutes. */
import { effect, signal } from '@preact/signals';
import { type LiveIdentifier, type LiveSpeaker, type LiveUpdate, Recorder } from 'voiceprint-wasm';
import { openPeople } from './people';
import { pTarget, targetFalseAlarmRate } from './question';
import { type Problem, problemOf } from './words/problem';

export type LiveState =
  | { readonly kind: 'off'; readonly problem: Problem | null }
  | { readonly kind: 'starting' }
  | { readonly kind: 'on'; readonly update: LiveUpdate | null };

/** One speaker, or silence, without interruption. Seconds since listening began. */
export interface Turn {
  readonly state: LiveSpeaker['state'];
  readonly name: string | null;
  readonly fromS: number;
  readonly toS: number;
}

export const liveState = signal<LiveState>({ kind: 'off', problem: null });
export const turns = signal<readonly Turn[]>([]);
export const liveLevelDbfs = signal(-120);

/** Older turns are forgotten. */
const MEMORY_S = 600;

let current = new AbortController();
let identifier: LiveIdentifier | null = null;
/** When the present identifier began, on the time axis of the turns. */
let beganS = 0;

export async function startListening(): Promise<void> {
  if (liveState.peek().kind !== 'off') return;
  current = new AbortController();
  const { signal: abort } = current;
  liveState.value = { kind: 'starting' };
  turns.value = [];
  beganS = 0;
  try {
    await identify(abort);
    await Recorder.start({
      signal: abort,
      keep: false,
      onLevel: ({ rmsDbfs }) => {
        liveLevelDbfs.value = rmsDbfs;
      },
      onSamples: (samples) => void identifier?.push(samples),
      onEnded: (error) => finish(abort, error),
    });
    if (!abort.aborted) liveState.value = { kind: 'on', update: null };
  } catch (error) {
    if (!abort.aborted) finish(abort, error);
  }
}

export function stopListening(): void {
  finish(current.signal, null);
}

/** Ends what `abort` belongs to; the microphone goes off with it. */
function finish(abort: AbortSignal, error: unknown): void {
  if (abort !== current.signal || abort.aborted) return;
  current.abort();
  identifier?.stop();
  identifier = null;
  liveLevelDbfs.value = -120;
  liveState.value = { kind: 'off', problem: error === null ? null : problemOf(error, 'microphone') };
}

async function identify(abort: AbortSignal): Promise<void> {
  const gallery = await openPeople();
  if (abort.aborted) return;
  const rate = targetFalseAlarmRate.peek();
  const started = gallery.live({
    pTarget: pTarget.peek(),
    ...(rate === null ? {} : { targetFalseAlarmRate: rate }),
    onUpdate: (update) => {
      if (abort.aborted || identifier !== started) return;
      liveState.value = { kind: 'on', update };
      turns.value = continued(turns.peek(), update, beganS);
    },
    onError: (error) => {
      if (identifier === started) finish(abort, error);
    },
  });
  identifier?.stop();
  identifier = started;
}

/** The turns after one more look. */
export function continued(before: readonly Turn[], { timeS, speaker }: LiveUpdate, offsetS: number): readonly Turn[] {
  const { state, name } = speaker;
  const toS = offsetS + timeS;
  const last = before.at(-1);
  if (last && last.state === state && last.name === name) return [...before.slice(0, -1), { ...last, toS }];
  // A speaker is recognised some seconds after he began: what was shown until then ends where he began.
  const fromS = Math.max(offsetS + speaker.sinceS, last?.fromS ?? 0);
  const kept = last && last.fromS < fromS ? [...before.slice(0, -1), { ...last, toS: fromS }] : before.slice(0, -1);
  return [...kept.filter((turn) => turn.toS > toS - MEMORY_S), { state, name, fromS, toS }];
}

// Another setting begins to listen anew; the turns so far stay.
effect(() => {
  targetFalseAlarmRate.value;
  if (liveState.peek().kind !== 'on') return;
  beganS = turns.peek().at(-1)?.toS ?? 0;
  void identify(current.signal).catch((error) => finish(current.signal, error));
});
