/** What becomes of the voiceprint that a name has already. */
import { say } from '../language';

export type Existing = 'extend' | 'replace';

interface Props {
  readonly name: string;
  readonly existing: Existing;
  readonly onChange: (existing: Existing) => void;
}

export function ExistingChoice({ name, existing, onChange }: Props) {
  const words = say().people.enroll;
  return (
    <fieldset class="choices">
      <legend>{words.exists(name)}</legend>
      {(['extend', 'replace'] as const).map((one) => (
        <label key={one} class="choice">
          <input type="radio" name="existing" checked={existing === one} onChange={() => onChange(one)} />
          <span>{words.existing[one]}</span>
        </label>
      ))}
    </fieldset>
  );
}
