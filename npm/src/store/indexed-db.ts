/** A store in the browser's IndexedDB, shared by all tabs of the origin. */
import { VoiceprintError } from '../error.js';
import type { GalleryStore, StoredGallery } from '../gallery-types.js';

const DATABASE_VERSION = 1;
/** Two object stores, so that a revision is read without its bytes. */
const BYTES = 'bytes';
const REVISIONS = 'revisions';
const KEY = 'gallery';

/** `name`: of the database; galleries of different names have nothing in common. */
export function indexedDbStore(name = 'voiceprint-gallery'): GalleryStore {
  const read = () =>
    inTransaction(name, 'readonly', async (transaction): Promise<StoredGallery | null> => {
      const [bytes, revision] = await Promise.all([
        answerOf(transaction.objectStore(BYTES).get(KEY)),
        answerOf(transaction.objectStore(REVISIONS).get(KEY)),
      ]);
      return bytes === undefined ? null : { bytes, revision };
    });
  const revision = () =>
    inTransaction(name, 'readonly', async (transaction): Promise<string | null> => {
      return (await answerOf(transaction.objectStore(REVISIONS).get(KEY))) ?? null;
    });
  /** False, and nothing is written, where another tab has written since `expected`. */
  const replace = (expected: string | null, bytes: Uint8Array | null) =>
    inTransaction(name, 'readwrite', async (transaction) => {
      const [byteStore, revisions] = [transaction.objectStore(BYTES), transaction.objectStore(REVISIONS)];
      if (((await answerOf(revisions.get(KEY))) ?? null) !== expected) return false;
      if (bytes === null) {
        byteStore.delete(KEY);
        revisions.delete(KEY);
      } else {
        byteStore.put(bytes, KEY);
        revisions.put(crypto.randomUUID(), KEY);
      }
      return true;
    });
  return {
    read,
    revision,
    update: (change) =>
      alone(`voiceprint-wasm ${name}`, async () => {
        for (let isDone = false; !isDone; ) {
          const stored = await read();
          isDone = await replace(stored?.revision ?? null, await change(stored));
        }
      }),
  };
}

/** One tab after another; where there are no Web Locks, a tab that was overtaken begins again. */
function alone(lock: string, task: () => Promise<void>): Promise<void> {
  return navigator.locks ? navigator.locks.request(lock, task) : task();
}

async function inTransaction<T>(
  name: string,
  mode: IDBTransactionMode,
  use: (transaction: IDBTransaction) => Promise<T>,
): Promise<T> {
  const database = await open(name).catch((error: unknown) => {
    throw storageError(error);
  });
  try {
    const transaction = database.transaction([BYTES, REVISIONS], mode, { durability: 'strict' });
    const completed = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    const [result] = await Promise.all([use(transaction), completed]);
    return result;
  } catch (error) {
    throw storageError(error);
  } finally {
    database.close();
  }
}

async function open(name: string): Promise<IDBDatabase> {
  if (typeof indexedDB === 'undefined') throw storageError('there is none');
  const request = indexedDB.open(name, DATABASE_VERSION);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(BYTES);
    request.result.createObjectStore(REVISIONS);
  };
  return answerOf(request);
}

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function storageError(error: unknown): VoiceprintError {
  if (error instanceof VoiceprintError) return error;
  if (error instanceof Error && error.name === 'QuotaExceededError') {
    return new VoiceprintError(
      'storage_full',
      'The browser gives this page no more storage: free some; what was stored before is kept.',
      { cause: error },
    );
  }
  return new VoiceprintError(
    'storage_unavailable',
    `IndexedDB cannot be used here: ${error instanceof Error ? error.message : error}. Private windows and blocked site data forbid it; memoryStore() needs none.`,
    { cause: error },
  );
}
