/** Standard output that ends early, and faults that nobody awaits: never an exit status that means a decision. */
import { asVoiceprintError } from '../error.js';
import { codeOf, fileError } from '../store/file-error.js';
import { EXIT, printError } from './usage.js';

/** To be called first of all. */
export function guardOutput(): void {
  process.stdout.on('error', (error) => {
    if (codeOf(error) === 'EPIPE') return; // the reader has read enough: the exit status stays what it is
    printError(fileError('Standard output could not be written', error));
    process.exit(EXIT.error);
  });
  process.stderr.on('error', () => {}); // there is nobody to tell
  process.on('uncaughtException', (error) => {
    printError(asVoiceprintError(error));
    process.exit(EXIT.error);
  });
}
