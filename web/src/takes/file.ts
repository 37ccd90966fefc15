/** A file as a source, unless it is so long that decoding it could exhaust the memory of a phone. */
import { say } from '../language';
import { seconds } from '../words/numbers';
import { ProblemError } from '../words/problem';
import type { Source } from './take';

const LONGEST_MIN = 10;
/** Ten minutes of two 32-bit channels at 48 kHz are 230 MB. */
const LARGEST_BYTES = 256e6;

/** Rejects with a ProblemError when the file is too long. */
export async function openFile(file: File): Promise<Source> {
  const durationS = await declaredDuration(file);
  if (durationS > LONGEST_MIN * 60 || file.size > LARGEST_BYTES) {
    throw new ProblemError(() => {
      const { title, cure } = say().problems.tooLong;
      return { title: title(durationS > 0 ? seconds(durationS) : null), cure: cure(LONGEST_MIN) };
    });
  }
  return { name: () => file.name, origin: 'file', audio: file };
}

/** Seconds by the file's own header, read without decoding; 0 when the browser does not know the format or the header names no end. */
async function declaredDuration(file: File): Promise<number> {
  if (file.size === 0) return 0;
  const url = URL.createObjectURL(file);
  const probe = new Audio();
  try {
    return await new Promise<number>((known) => {
      probe.addEventListener('loadedmetadata', () => known(Number.isFinite(probe.duration) ? probe.duration : 0));
      probe.addEventListener('error', () => known(0));
      probe.preload = 'metadata';
      probe.src = url;
    });
  } finally {
    probe.removeAttribute('src');
    URL.revokeObjectURL(url);
  }
}
