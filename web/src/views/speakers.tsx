/** One recording of several people: who spoke when. */
import { ConversationView } from '../components/conversation-view';
import { Intro } from '../components/intro';
import { SlotCard } from '../components/slot-card';
import { useLeaving } from '../components/use-leaving';
import { conversationSlot } from '../diarization';
import { say } from '../language';

export function SpeakersView() {
  useLeaving(conversationSlot);
  const words = say().speakers;
  const state = conversationSlot.state.value;
  return (
    <>
      <Intro heading={words.heading} text={words.intro} />
      <div class={state.kind === 'ready' ? 'speakers' : 'speakers speakers-narrow'}>
        <SlotCard slot={conversationSlot} show={(take) => <ConversationView key={take.audioUrl} take={take} />} />
        {state.kind === 'empty' && <Examples />}
      </div>
    </>
  );
}

function Examples() {
  const words = say().speakers;
  return (
    <p class="hint">
      {words.nothingAtHand}{' '}
      <button type="button" class="link-button" onClick={() => void conversationSlot.useConversation('two')}>
        {words.exampleTwo}
      </button>{' '}
      {words.or}{' '}
      <button type="button" class="link-button" onClick={() => void conversationSlot.useConversation('three')}>
        {words.exampleThree}
      </button>
    </p>
  );
}
