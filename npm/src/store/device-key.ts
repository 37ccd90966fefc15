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
    const database = await answerOf(opening);
    const keys = database.transaction(STORE, 'readwrite').objectStore(STORE);
    const kept: CryptoKey | undefined = await answerOf(keys.get(KEY));
    if (kept === undefined) await answerOf(keys.put(fresh, KEY));
    database.close();
    return kept ?? fresh;
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

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
