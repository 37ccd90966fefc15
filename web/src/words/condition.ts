/** Names that a reader understands for the evaluation conditions of the model card; an unknown one keeps its own name. */
const NAMES: Readonly<Record<string, string>> = {
  'common-voice': 'Sentences, many languages',
  'speechocean762-adults': 'English sentences, adults',
  'speechocean762-children': 'English sentences, children',
  'arabic-1s': 'Single words of one second',
};

export function conditionName(condition: string): string {
  return NAMES[condition] ?? condition;
}
