/** A key that never leaves this browser: generated once, not extractable, kept in IndexedDB. */
import { VoiceprintError } from '../error.js';

const STORE = 'keys';
const KEY = 'gallery';

/** For `encryptedStore(store, { key })`. Whoever clears the site's data loses the key, and with it what it encrypts. */
export async function deviceKey(name = 'voiceprint-key'): Promise<CryptoKey> {
  if (typeof indexedDB === 'undefined')
    throw new VoiceprintError(
      'storage_unavailable',
      'IndexedDB, which keeps the key, is missing here: use a passphrase.',
    );
  // Outside the transaction: it would end while the key is made.
  const fresh = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  try {
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    return await keptOr(fresh, await answerOf(opening));
  } catch (error) {
    throw new VoiceprintError(
      'storage_unavailable',
      `The key cannot be kept in IndexedDB: ${error}. Use a passphrase.`,
      {
        cause: error,
      },
    );
  }
}

/** Gives no key before it is on the disk: what it encrypts would be lost with it. Closes the database. */
async function keptOr(fresh: CryptoKey, database: IDBDatabase): Promise<CryptoKey> {
  try {
    const transaction = database.transaction(STORE, 'readwrite', { durability: 'strict' });
    const completed = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    const keys = transaction.objectStore(STORE);
    const use = async () => {
      const kept: CryptoKey | undefined = await answerOf(keys.get(KEY));
      if (kept === undefined) keys.put(fresh, KEY);
      return kept ?? fresh;
    };
    const [key] = await Promise.all([use(), completed]);
    return key;
  } finally {
    database.close();
  }
}

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
