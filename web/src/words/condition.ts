import { say } from '../language';

/** A name that a reader understands for an evaluation condition of the model card; an unknown one keeps its own name. */
export function conditionName(condition: string): string {
  return say().about.facts.conditions[condition] ?? condition;
}
