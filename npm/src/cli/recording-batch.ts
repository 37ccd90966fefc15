/** Several recordings one after another: one that cannot be used does not take the others along. */
import { isAboutRecording, type VoiceprintErrorCode } from '../error.js';
import { EXIT, printError } from './usage.js';

export interface FailedRecording {
  readonly file: string;
  readonly error: { readonly code: VoiceprintErrorCode; readonly message: string };
}

export interface Batch<T> {
  readonly recordings: readonly (T | FailedRecording)[];
  readonly status: number;
}

/** `use` gives what is told of a recording, and an exit status; the worst of all is the batch's. A single recording's error is the command's. */
export async function batch<T>(
  files: readonly string[],
  json: boolean,
  use: (file: string) => Promise<readonly [told: T, status: number]>,
  onDone: (count: number) => void = () => {},
): Promise<Batch<T>> {
  const recordings: (T | FailedRecording)[] = [];
  let status: number = EXIT.accept;
  for (const file of files) {
    try {
      const [told, own] = await use(file);
      recordings.push(told);
      status = Math.max(status, own);
    } catch (error) {
      if (files.length === 1 || !isAboutRecording(error)) throw error;
      const { code, message } = error;
      recordings.push({ file, error: { code, message } });
      if (!json) printError(error);
      status = EXIT.error;
    }
    onDone(recordings.length);
  }
  return { recordings, status };
}
