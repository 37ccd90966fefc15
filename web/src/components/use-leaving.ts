import { useEffect } from 'preact/hooks';
import type { Slot } from '../takes/slot';

/** No microphone stays open behind another view: what was recorded until then is kept in its slot. */
export function useLeaving(...slots: readonly Slot[]): void {
  useEffect(
    () => () => {
      for (const slot of slots) slot.leave();
    },
    [],
  );
}
