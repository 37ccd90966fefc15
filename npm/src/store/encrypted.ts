/** Encryption at rest: AES-256-GCM around any store. Format: native/FORMATS.md, "Encrypted gallery". */
import { VoiceprintError } from '../error.js';
import type { GalleryStore, StoredGallery } from '../gallery-types.js';

/** A passphrase, from which PBKDF2 makes the key, or an AES-GCM key of yours, which need not be extractable. */
export type GalleryKey =
  | {
      readonly passphrase: string;
      /** Of PBKDF2-HMAC-SHA-256, for what is written from now on. Default 600000. */
      readonly iterations?: number;
    }
  | { readonly key: CryptoKey };

type Bytes = Uint8Array<ArrayBuffer>;

const MAGIC = [0x89, 0x56, 0x50, 0x45, 0x0d, 0x0a, 0x1a, 0x0a];
const VERSION = 1;
const KEY_GIVEN = 0;
const KEY_PBKDF2 = 1;
const DEFAULT_ITERATIONS = 600_000;
/** A file that asks for more is refused: it would keep the processor busy for minutes. */
const MAX_ITERATIONS = 10_000_000;
const SALT_AT = 20;
const SALT_BYTES = 16;
const IV_AT = SALT_AT + SALT_BYTES;
const IV_BYTES = 12;
const HEADER_BYTES = IV_AT + IV_BYTES;
const TAG_BYTES = 16;

export function isEncrypted(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

/** `store` sees only ciphertext. Its rejections gain `wrong_key`. */
export function encryptedStore(store: GalleryStore, key: GalleryKey): GalleryStore {
  const keys = new KeyRing(key);
  const decrypt = async (stored: StoredGallery | null) =>
    stored && { ...stored, bytes: await decryptBytes(stored.bytes, keys) };
  return {
    read: async () => decrypt(await store.read()),
    revision: () => store.revision(),
    update: (change) =>
      store.update(async (stored) => {
        const bytes = await change(await decrypt(stored));
        return bytes && encryptBytes(bytes, keys);
      }),
  };
}

/** Derives keys from the passphrase, which is slow on purpose, once for each salt. */
class KeyRing {
  private readonly derived = new Map<string, Promise<CryptoKey>>();
  private readonly salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));

  constructor(private readonly source: GalleryKey) {
    if (typeof source !== 'object' || source === null)
      throw new VoiceprintError('invalid_argument', 'encryptedStore needs { passphrase } or { key }.');
    if ('key' in source) {
      if (source.key?.algorithm?.name !== 'AES-GCM')
        throw new VoiceprintError('invalid_argument', 'The key must be one for AES-GCM.');
      if (!['encrypt', 'decrypt'].every((usage) => source.key.usages.includes(usage as KeyUsage)))
        throw new VoiceprintError('invalid_argument', "The key must have the usages 'encrypt' and 'decrypt'.");
      return;
    }
    if (typeof source.passphrase !== 'string' || source.passphrase === '')
      throw new VoiceprintError('invalid_argument', 'The passphrase must not be empty.');
    const { iterations = DEFAULT_ITERATIONS } = source;
    if (!Number.isInteger(iterations) || iterations < 1 || iterations > MAX_ITERATIONS) {
      throw new VoiceprintError(
        'invalid_argument',
        `iterations must be a whole number from 1 to ${MAX_ITERATIONS}, but it is ${iterations}.`,
      );
    }
  }

  /** Kind, iterations and salt for what is written. */
  get parameters(): { readonly kind: number; readonly iterations: number; readonly salt: Bytes } {
    if ('key' in this.source) return { kind: KEY_GIVEN, iterations: 0, salt: new Uint8Array(SALT_BYTES) };
    return { kind: KEY_PBKDF2, iterations: this.source.iterations ?? DEFAULT_ITERATIONS, salt: this.salt };
  }

  async key(kind: number, iterations: number, salt: Bytes): Promise<CryptoKey> {
    if (kind !== this.parameters.kind) {
      const [needs, has] = kind === KEY_PBKDF2 ? ['a passphrase', 'a key'] : ['a key', 'a passphrase'];
      throw new VoiceprintError('wrong_key', `The gallery was encrypted with ${needs}, and ${has} was given.`);
    }
    if ('key' in this.source) return this.source.key;
    const name = `${iterations} ${salt}`;
    const known = this.derived.get(name) ?? derive(this.source.passphrase, iterations, salt);
    this.derived.set(name, known);
    return known;
  }
}

async function derive(passphrase: string, iterations: number, salt: Bytes): Promise<CryptoKey> {
  const text = new TextEncoder().encode(passphrase.normalize('NFC'));
  const secret = await crypto.subtle.importKey('raw', text, 'PBKDF2', false, ['deriveKey']);
  const kdf = { name: 'PBKDF2', hash: 'SHA-256', iterations, salt };
  return crypto.subtle.deriveKey(kdf, secret, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

async function encryptBytes(bytes: Bytes, keys: KeyRing): Promise<Bytes> {
  const { kind, iterations, salt } = keys.parameters;
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  header.set(MAGIC);
  view.setUint32(8, VERSION, true);
  view.setUint32(12, kind, true);
  view.setUint32(16, iterations, true);
  header.set(salt, SALT_AT);
  header.set(crypto.getRandomValues(new Uint8Array(IV_BYTES)), IV_AT);
  const key = await keys.key(kind, iterations, salt);
  const cipher = { name: 'AES-GCM', iv: header.slice(IV_AT), additionalData: header };
  const encrypted = new Uint8Array(await crypto.subtle.encrypt(cipher, key, bytes));
  const file = new Uint8Array(HEADER_BYTES + encrypted.length);
  file.set(header);
  file.set(encrypted, HEADER_BYTES);
  return file;
}

async function decryptBytes(file: Bytes, keys: KeyRing): Promise<Bytes> {
  if (!isEncrypted(file))
    throw new VoiceprintError(
      'gallery_corrupt',
      'What is stored is no encrypted gallery: open the store without a key.',
    );
  if (file.length < HEADER_BYTES + TAG_BYTES)
    throw new VoiceprintError('gallery_corrupt', 'The encrypted gallery ends inside its header: restore a copy.');
  const view = new DataView(file.buffer, file.byteOffset);
  const version = view.getUint32(8, true);
  if (version !== VERSION) {
    throw new VoiceprintError(
      'gallery_version',
      `The encrypted gallery has version ${version} of the format, this package reads ${VERSION}: use a newer one.`,
    );
  }
  const [kind, iterations] = [view.getUint32(12, true), view.getUint32(16, true)];
  if (kind > KEY_PBKDF2 || iterations > MAX_ITERATIONS || (kind === KEY_PBKDF2 && iterations === 0))
    throw new VoiceprintError('gallery_corrupt', 'The header of the encrypted gallery is damaged: restore a copy.');
  const header = file.slice(0, HEADER_BYTES);
  const key = await keys.key(kind, iterations, header.slice(SALT_AT, IV_AT));
  try {
    const cipher = { name: 'AES-GCM', iv: header.slice(IV_AT), additionalData: header };
    return new Uint8Array(await crypto.subtle.decrypt(cipher, key, file.subarray(HEADER_BYTES)));
  } catch (error) {
    throw new VoiceprintError(
      'wrong_key',
      'The gallery cannot be decrypted: it needs another passphrase or key, or it is damaged.',
      { cause: error },
    );
  }
}
