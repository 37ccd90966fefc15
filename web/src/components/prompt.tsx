/** What to read aloud, and the line above it. */
export interface PromptWords {
  readonly prompt: string;
  readonly promptLead: string;
}

export function Prompt({ prompt, promptLead }: PromptWords) {
  return (
    <p class="prompt">
      {promptLead}
      <q>{prompt}</q>
    </p>
  );
}
