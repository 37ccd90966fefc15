/** The gallery of the command line: its file, and the passphrase that may encrypt it. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { VoiceprintError } from '../error.js';
import type { Gallery } from '../gallery-types.js';
import { encryptedStore, fileStore, type Voiceprint } from '../index.node.js';
import { accessing } from './file-access.js';

/** What may be named once for all commands. */
const environment: { readonly VOICEPRINT_GALLERY?: string; readonly VOICEPRINT_PASSPHRASE?: string } = process.env;
const DEFAULT_GALLERY = 'gallery.voiceprints';

export interface GalleryPlace {
  readonly gallery?: string | undefined;
  readonly 'passphrase-file'?: string | undefined;
}

export function galleryPath({ gallery }: GalleryPlace): string {
  return gallery ?? environment.VOICEPRINT_GALLERY ?? DEFAULT_GALLERY;
}

/** `mayBegin`: the gallery need not be there yet. `load`: only once the rest is in order, since it takes a moment. */
export async function openGallery(
  place: GalleryPlace,
  mayBegin: boolean,
  load: () => Promise<Voiceprint>,
): Promise<Gallery> {
  const path = galleryPath(place);
  if (!existsSync(path) && !mayBegin) {
    throw new VoiceprintError('io', `There is no gallery ${path}: enroll somebody, or name another file by --gallery.`);
  }
  const passphrase = await passphraseOf(place);
  const file = fileStore(path);
  const voiceprint = await load();
  try {
    return await voiceprint.openGallery({ store: passphrase === null ? file : encryptedStore(file, { passphrase }) });
  } catch (error) {
    throw error instanceof VoiceprintError ? passphraseError(path, passphrase !== null, error) : error;
  }
}

/** Never on the command line, where every user of the machine can read it. */
async function passphraseOf({ 'passphrase-file': file }: GalleryPlace): Promise<string | null> {
  if (file === undefined) return environment.VOICEPRINT_PASSPHRASE ?? null;
  const text = await accessing(`The passphrase file ${file}`, 'read', () => readFile(file, 'utf8'));
  return text.replace(/\r?\n$/, '');
}

/** The cures of the command line in the place of the API's. */
function passphraseError(path: string, isGiven: boolean, error: VoiceprintError): VoiceprintError {
  const tell = (message: string) => new VoiceprintError(error.code, message, { cause: error });
  const places = '--passphrase-file FILE or $VOICEPRINT_PASSPHRASE';
  if (error.code === 'wrong_key') {
    return isGiven
      ? tell(
          `The gallery ${path} cannot be decrypted: ${places} gives another passphrase than its own, or it is damaged.`,
        )
      : tell(`The gallery ${path} is encrypted: give its passphrase by ${places}.`);
  }
  if (isGiven && error.code === 'gallery_corrupt' && /no encrypted gallery/.test(error.message))
    return tell(`The gallery ${path} is not encrypted: leave ${places} out, or name another file by --gallery.`);
  return error;
}
