/** What every command shares: exit statuses, and the error for a wrong command line. */
import { VoiceprintError } from '../error.js';

export const EXIT = { accept: 0, reject: 1, inconclusive: 2, error: 3 } as const;

export function usageError(what: string): VoiceprintError {
  return new VoiceprintError('invalid_argument', `${what}; voiceprint --help tells how.`);
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printError({ code, message }: VoiceprintError): void {
  process.stderr.write(`voiceprint: ${message} (${code})\n`);
}
