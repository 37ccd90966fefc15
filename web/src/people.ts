/** The voiceprints that are kept in this browser for the model in use. */
import { effect, signal } from '@preact/signals';
import {
  encryptedStore,
  type Gallery,
  type GalleryStore,
  type ImportOptions,
  indexedDbStore,
  memoryStore,
  type Voiceprint,
  VoiceprintError,
  type VoiceprintInfo,
} from 'voiceprint-wasm';
import { engineStatus, loadEngine } from './engine';
import { type Problem, problemOf } from './words/problem';

export type PeopleState =
  | { readonly kind: 'opening' }
  | { readonly kind: 'failed'; readonly problem: Problem }
  | {
      readonly kind: 'ready';
      readonly list: readonly VoiceprintInfo[];
      /** Of the stored gallery. */
      readonly bytes: number;
      /** False where the browser keeps nothing: the voiceprints go with the tab. */
      readonly isKept: boolean;
      /** Models, other than the one in use, that have voiceprints here. */
      readonly numOtherModels: number;
    };

export const people = signal<PeopleState>({ kind: 'opening' });

interface Opened {
  readonly gallery: Gallery;
  readonly store: GalleryStore;
  readonly isKept: boolean;
}

const PREFIX = 'voiceprint-gallery-';
/** Tells the other tabs of the page that something has changed. */
const changes = new BroadcastChannel('voiceprint-people');

let opening: { readonly voiceprint: Voiceprint; readonly opened: Promise<Opened> } | null = null;

/** A gallery of its own for each model: their voiceprints cannot be compared. */
const databaseOf = ({ model }: Voiceprint): string => PREFIX + model.sha256.slice(0, 16);

/** The gallery of the model in use. */
export async function openPeople(): Promise<Gallery> {
  return (await open()).gallery;
}

async function open(): Promise<Opened> {
  const voiceprint = await loadEngine();
  if (opening?.voiceprint !== voiceprint) {
    opening = { voiceprint, opened: openStored(voiceprint) };
    opening.opened.catch(() => {
      opening = null;
    });
  }
  return opening.opened;
}

async function openStored(voiceprint: Voiceprint): Promise<Opened> {
  const stored = indexedDbStore(databaseOf(voiceprint));
  try {
    return { gallery: await voiceprint.openGallery({ store: stored }), store: stored, isKept: true };
  } catch (error) {
    if (!(error instanceof VoiceprintError) || error.code !== 'storage_unavailable') throw error;
    const store = memoryStore();
    return { gallery: await voiceprint.openGallery({ store }), store, isKept: false };
  }
}

/** Reads the list again. Never rejects: a failure is in the state. */
export async function refreshPeople(): Promise<void> {
  try {
    const { gallery, store, isKept } = await open();
    const [list, stored, others] = await Promise.all([gallery.list(), store.read(), otherDatabases()]);
    people.value = {
      kind: 'ready',
      list,
      bytes: stored?.bytes.length ?? 0,
      isKept,
      numOtherModels: others.length,
    };
  } catch (error) {
    people.value = { kind: 'failed', problem: problemOf(error, 'people') };
  }
}

/** After any change of the gallery: shows it here and in the other tabs. */
export async function announceChange(): Promise<void> {
  changes.postMessage('changed');
  await refreshPeople();
}

export async function renamePerson(from: string, to: string): Promise<void> {
  await (await openPeople()).rename(from, to);
  await announceChange();
}

export async function removePerson(name: string): Promise<void> {
  await (await openPeople()).remove(name);
  await announceChange();
}

/** Deletes every voiceprint of this page, of all models, also where they cannot be read. */
export async function wipePeople(): Promise<void> {
  for (const name of await otherDatabases()) await forget(name);
  try {
    await (await openPeople()).clear();
  } catch {
    await forget(databaseOf(await loadEngine()));
  }
  await announceChange();
}

/** Deletes what a database holds, without reading it. */
function forget(database: string): Promise<void> {
  return indexedDbStore(database).update(async () => null);
}

/** A file of all voiceprints, encrypted with the passphrase. */
export async function exportPeople(passphrase: string): Promise<Blob> {
  const file = memoryStore();
  const voiceprint = await loadEngine();
  const copy = await voiceprint.openGallery({ store: encryptedStore(file, { passphrase }) });
  try {
    await copy.merge(await openPeople());
    const stored = await file.read();
    return new Blob(stored ? [stored.bytes] : [], { type: 'application/octet-stream' });
  } finally {
    await copy.close();
  }
}

/** How many voiceprints of a file were brought in, and for how many the one here was kept. */
export interface Imported {
  readonly brought: number;
  readonly kept: number;
}

/** Brings in the voiceprints of a file, encrypted (`passphrase` not empty) or plain. */
export async function importPeople(
  file: File,
  passphrase: string,
  onConflict: NonNullable<ImportOptions['onConflict']>,
): Promise<Imported> {
  const gallery = await openPeople();
  const before = new Set((await gallery.list()).map(({ name }) => name));
  const bytes = new Uint8Array(await file.arrayBuffer());
  const names =
    passphrase === ''
      ? await gallery.import(bytes, { onConflict })
      : await importEncrypted(gallery, bytes, passphrase, onConflict);
  await announceChange();
  const kept = onConflict === 'keep' ? names.filter((name) => before.has(name)).length : 0;
  return { brought: names.length - kept, kept };
}

async function importEncrypted(
  gallery: Gallery,
  bytes: Uint8Array<ArrayBuffer>,
  passphrase: string,
  onConflict: NonNullable<ImportOptions['onConflict']>,
): Promise<readonly string[]> {
  const file: GalleryStore = {
    read: async () => ({ bytes, revision: 'file' }),
    revision: async () => 'file',
    update: () => Promise.reject(new Error('the file is only read')),
  };
  const voiceprint = await loadEngine();
  const copy = await voiceprint.openGallery({ store: encryptedStore(file, { passphrase }) });
  try {
    return await gallery.merge(copy, { onConflict });
  } finally {
    await copy.close();
  }
}

/** Names of the databases of other models in which something is stored. */
async function otherDatabases(): Promise<readonly string[]> {
  if (typeof indexedDB === 'undefined' || !indexedDB.databases) return [];
  const own = databaseOf(await loadEngine());
  const all = await indexedDB.databases().catch(() => []);
  const others = all.flatMap(({ name }) => (name?.startsWith(PREFIX) && name !== own ? [name] : []));
  const revisions = await Promise.all(others.map((name) => indexedDbStore(name).revision()));
  return others.filter((_, i) => revisions[i] !== null);
}

/** Follows the model in use and the other tabs. */
export function followPeople(): void {
  changes.addEventListener('message', () => void refreshPeople());
  effect(() => {
    if (engineStatus.value.kind === 'ready') void refreshPeople();
  });
}
