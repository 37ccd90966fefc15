/** Files on the command line: what the file system refuses is an error that names the file. */
import { VoiceprintError } from '../error.js';
import { fileError } from '../store/file-error.js';

/** Gives what `access` gives, or the promise of it. Throws `io` or `storage_full`. */
export function accessing<T>(path: string, how: 'read' | 'written', access: () => T): T {
  const refuse = (error: unknown): never => {
    throw error instanceof VoiceprintError ? error : fileError(`${path} could not be ${how}`, error);
  };
  try {
    const result = access();
    return result instanceof Promise ? (result.catch(refuse) as T) : result;
  } catch (error) {
    return refuse(error);
  }
}
