// Galleries in PostgreSQL with pgvector: PGlite, which is both as a module, and a server where DATABASE_URL names one.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { CoreGallery } from '../../npm/dist/core/gallery.js';
import { Core } from '../../npm/dist/core/module.js';
import { Voiceprint } from '../../npm/dist/index.node.js';
import { pgvectorDatabase } from '../../npm/dist/pgvector.js';
import { readFileSync } from 'node:fs';
import { dist, rejectsWith, root, speechFile, untimed } from './support.mjs';

const packages = createRequire(new URL('../../npm/package.json', import.meta.url));
const load = (name) => import(packages.resolve(name));
const sample = (voice, text) => join(root, 'web', 'samples', `${voice}-${text}.wav`);
const voices = { Ada: 'flite-slt', Bob: 'flite-rms', Zoë: 'espeak-en-gb' };

/** The server of DATABASE_URL by `pg`, where both are there. */
async function openServer() {
  const url = process.env.DATABASE_URL;
  if (!url) return { skip: 'DATABASE_URL names no server' };
  try {
    const { default: pg } = await load('pg');
    return { client: new pg.Pool({ connectionString: url }) };
  } catch {
    return { skip: 'the package pg is not installed' };
  }
}

let voiceprint;
let core;
let dimension;
before(async () => {
  voiceprint = await Voiceprint.load();
  dimension = voiceprint.model.embeddingDim;
  core = await Core.instantiate(new Uint8Array(readFileSync(join(dist, 'voiceprint.wasm'))));
});
after(() => voiceprint.dispose());

async function openPglite() {
  const { PGlite } = await load('@electric-sql/pglite');
  const { vector } = await load('@electric-sql/pglite-pgvector');
  return PGlite.create({ extensions: { vector } });
}

/** A gallery in a table of its own, with three speakers. */
async function filled(client, table, options) {
  const gallery = await voiceprint.openGallery({ store: await pgvectorDatabase(client, dimension, { table }), ...options });
  await gallery.clear();
  for (const [name, voice] of Object.entries(voices)) {
    const session = gallery.enroll(name, { targetUtterances: 2 });
    for (const text of ['rain', 'parcel']) await session.add(sample(voice, text));
    await session.save();
  }
  return gallery;
}

function unitVectors(count, seed) {
  let state = seed;
  const next = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32 - 0.5);
  return Array.from({ length: count }, () => {
    const vector = Float32Array.from({ length: dimension }, next);
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  });
}

const server = await openServer();
const kinds = [
  ['PGlite', openPglite, false],
  ['the server of DATABASE_URL', async () => server.client, server.skip ?? false],
];
for (const [name, open, skip] of kinds) {
  describe(`a gallery in ${name}`, { skip }, () => {
    let client;
    before(async () => {
      client = await open();
    });
    after(async () => {
      for (const table of ['vp_test', 'vp_test_int8', 'vp_test_many', 'vp_test_small']) await client?.query(`DROP TABLE IF EXISTS ${table} CASCADE`);
      await (client?.close?.() ?? client?.end?.());
    });

    it('gives what the same gallery in memory gives', async () => {
      const gallery = await filled(client, 'vp_test');
      const copy = await voiceprint.openGallery();
      await copy.merge(gallery);
      assert.deepEqual(untimed(await gallery.identify(speechFile)), untimed(await copy.identify(speechFile)));
      assert.deepEqual(untimed(await gallery.verify('Bob', speechFile)), untimed(await copy.verify('Bob', speechFile)));
      assert.deepEqual(await gallery.embeddings(['Bob', 'Ada']), await copy.embeddings(['Bob', 'Ada']));
      assert.deepEqual(await gallery.list(), await copy.list());
      assert.deepEqual(await gallery.export(), await copy.export());
      await rejectsWith(gallery.verify('nobody', speechFile), 'not_enrolled');
    });

    it('renames, removes, adapts, extends, imports', async () => {
      const gallery = await filled(client, 'vp_test_int8', { precision: 'int8' });
      await rejectsWith(gallery.rename('Ada', 'Bob'), 'already_enrolled');
      await gallery.rename('Ada', 'Augusta');
      assert.equal((await gallery.identify(speechFile)).match, 'Augusta');
      assert.equal((await gallery.adapt('Augusta', speechFile)).adapted, true);
      const extending = gallery.enroll('Augusta', { existing: 'extend', targetUtterances: 1 });
      await extending.add(speechFile);
      assert.equal((await extending.save()).numEmbeddings, 4);
      await rejectsWith(gallery.enroll('Bob').add(speechFile), 'already_enrolled');
      const file = await gallery.export(['Augusta']);
      await rejectsWith(gallery.import(file), 'already_enrolled');
      await gallery.remove('Augusta');
      await rejectsWith(gallery.remove('Augusta'), 'not_enrolled');
      assert.deepEqual(await gallery.import(file), ['Augusta']);
      assert.deepEqual((await gallery.list()).map(({ name }) => name), ['Augusta', 'Bob', 'Zoë']);
    });

    it('loses nothing where two enroll at once', async () => {
      const gallery = await filled(client, 'vp_test');
      const other = await voiceprint.openGallery({ store: await pgvectorDatabase(client, dimension, { table: 'vp_test' }) });
      const embedding = await voiceprint.embed(speechFile);
      await Promise.all([gallery, other].flatMap((each) => Array.from({ length: 8 }, () => each.adapt('Ada', embedding))));
      const [ada] = await gallery.list();
      assert.equal(ada.numAdapted, 8, 'the latest eight of sixteen');
      const sessions = [gallery, other].map((each) => each.enroll('new', { targetUtterances: 1 }));
      await Promise.all(sessions.map((session) => session.add(embedding)));
      const results = await Promise.allSettled(sessions.map((session) => session.save()));
      assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
      assert.equal(results.find(({ reason }) => reason).reason.code, 'already_enrolled');
    });

    it('finds the nearest by its HNSW index, the more surely the more it looks at', async () => {
      const table = 'vp_test_many';
      const vectors = unitVectors(1000, 5);
      const thorough = await pgvectorDatabase(client, dimension, { table, efSearch: 1000 });
      await thorough.clear();
      for (let first = 0; first < vectors.length; first += 50) {
        const rows = vectors.slice(first, first + 50).map((vector, i) => `('v${first + i}', 1, '[${vector}]', '\\x${(first + i).toString(16).padStart(4, '0')}')`);
        await client.query(`INSERT INTO ${table} (name, revision, centroid, file) VALUES ${rows}`);
      }
      assert.equal(await thorough.count(), 1000);
      const recall = async (database) => {
        let numFound = 0;
        for (const probe of unitVectors(10, 77)) {
          const scores = vectors.map((vector, i) => [vector.reduce((sum, value, k) => sum + value * probe[k], 0), i]);
          const best = scores.toSorted((a, b) => b[0] - a[0]).slice(0, 10).map(([, i]) => i);
          const found = new Set((await database.nearest(probe, 10)).map(([high, low]) => 256 * high + low));
          assert.equal(found.size, 10);
          numFound += best.filter((i) => found.has(i)).length;
        }
        return numFound / 100;
      };
      const [high, low] = [await recall(thorough), await recall(await pgvectorDatabase(client, dimension, { table, efSearch: 10 }))];
      assert.ok(high >= 0.97 && low < high, `${low} of the nearest with efSearch 10, ${high} with 1000`);
    });

    it('refuses another dimension, bad names and what the database refuses', async () => {
      await pgvectorDatabase(client, 8, { table: 'vp_test_small' });
      await rejectsWith(pgvectorDatabase(client, dimension, { table: 'vp_test_small' }), 'gallery_model', /8 values/);
      await rejectsWith(pgvectorDatabase(client, dimension, { table: 'x; DROP TABLE y' }), 'invalid_argument');
      for (const dimension of [0, 2001, 1.5]) await rejectsWith(pgvectorDatabase(client, dimension), 'invalid_argument', /dimension/);
      await rejectsWith(pgvectorDatabase(client, dimension, { efSearch: 0 }), 'invalid_argument', /efSearch/);
      const broken = { query: () => Promise.reject(new Error('connection refused')) };
      await rejectsWith(pgvectorDatabase(broken, dimension), 'storage_unavailable', /connection refused/);
      const full = { query: () => Promise.reject(Object.assign(new Error('no space'), { code: '53100' })) };
      await rejectsWith(pgvectorDatabase(full, dimension), 'storage_full');
    });

    it('refuses voiceprints of another model', async () => {
      const database = await pgvectorDatabase(client, dimension, { table: 'vp_test' });
      await database.clear();
      const foreign = CoreGallery.create(core, { sha256: 'ab'.repeat(32), name: 'other 1.0' }, dimension, 'float32');
      const [centroid] = unitVectors(1, 3);
      foreign.add('x', { vector: centroid, addedMs: 1, netSpeechS: 1, snrDb: 1, bandwidthHz: 1, isAdapted: false });
      await database.update('x', async () => ({ name: 'x', file: foreign.serialise(), centroid }));
      const gallery = await voiceprint.openGallery({ store: database });
      await rejectsWith(gallery.identify(speechFile), 'gallery_model', /other 1\.0/);
      await gallery.clear();
    });
  });
}
