// What the pictures of the page are drawn from, apart from any browser.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { importFromPage, skip } from './web-modules.mjs';

const near = (actual, expected, tolerance, what) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual} instead of ${expected}`);

describe('distributions of LLRs', { skip }, () => {
  let page;
  before(async () => {
    page = await importFromPage('llr-distribution', ['llr-distribution']);
  });

  const condition = (low, targets, nonTargets, binWidth = 0.5) => ({ llrHistogram: { low, binWidth, targets, nonTargets } });
  const two = [condition(-1, [0, 1, 3], [4, 4, 0]), condition(0, [2, 2], [50, 50])];

  test('every condition counts alike, whatever its number of trials', () => {
    const { low, binWidth, targets, nonTargets } = page.llrDistribution(two);
    assert.deepEqual([low, binWidth], [-1, 0.5]);
    assert.deepEqual(targets, [0, 0.125, 0.625, 0.25]);
    assert.deepEqual(nonTargets, [0.25, 0.25, 0.25, 0.25]);
  });

  test('a model that does not tell, wholly and alike, has none', () => {
    assert.equal(page.llrDistribution([]), null);
    assert.equal(page.llrDistribution([...two, { llrHistogram: null }]), null);
    assert.equal(page.llrDistribution([...two, condition(0, [1], [1], 0.25)]), null);
  });

  test('the part from an LLR on is exact at edges, even within bins, all below and none above', () => {
    const distribution = page.llrDistribution(two);
    const part = (llr) => page.shareFrom(distribution, distribution.targets, llr);
    for (const [llr, expected] of [[-9, 1], [0, 0.875], [0.25, 0.5625], [0.5, 0.25], [9, 0]]) near(part(llr), expected, 1e-12, llr);
  });

  test('the DET curve is what counting trials at each edge gives', () => {
    const targets = [-0.7, -0.2, 0.1, 0.3, 0.4, 0.9];
    const nonTargets = [-0.9, -0.8, -0.6, -0.1, 0.2];
    const bins = (llrs) => [-1, -0.5, 0, 0.5].map((edge) => llrs.filter((llr) => llr >= edge && llr < edge + 0.5).length);
    const curve = page.detCurve(page.llrDistribution([condition(-1, bins(targets), bins(nonTargets))]));
    [-0.5, 0, 0.5, 1].forEach((threshold, i) => {
      near(curve[i].falseAlarms, nonTargets.filter((llr) => llr >= threshold).length / 5, 1e-12, `p_fa at ${threshold}`);
      near(curve[i].misses, targets.filter((llr) => llr < threshold).length / 6, 1e-12, `p_miss at ${threshold}`);
    });
  });
});

describe('the map of voices', { skip }, () => {
  let voiceMap;
  before(async () => {
    ({ voiceMap } = await importFromPage('voice-map', ['drawing/voice-map']));
  });

  const unit = (vector) => vector.map((value) => value / Math.hypot(...vector));
  const cosinesOf = (vectors) =>
    Float32Array.from(vectors.flatMap((a) => vectors.map((b) => a.reduce((sum, value, i) => sum + value * b[i], 0))));
  const mapOf = (vectors, signal = new AbortController().signal) => voiceMap(cosinesOf(vectors), vectors.length, signal);

  test('keeps every distance of vectors that lie in a plane', async () => {
    const vectors = [0.1, 0.4, 1.3, 2.2, 2.4, 4].map((angle) => [Math.cos(angle), Math.sin(angle)]);
    const { points, share } = await mapOf(vectors);
    near(share, 1, 1e-5, 'share');
    vectors.forEach((a, i) => {
      vectors.forEach((b, j) => {
        const drawn = Math.hypot(points[2 * i] - points[2 * j], points[2 * i + 1] - points[2 * j + 1]);
        near(drawn, Math.hypot(a[0] - b[0], a[1] - b[1]), 1e-4, `${i} to ${j}`);
      });
    });
  });

  test('keeps less of vectors that do not, brings voices of one person together, and is the same every time', async () => {
    const people = [[1, 0.2, 0, 0], [0, 1, 0.1, 0], [0.1, 0, 0.2, 1]];
    const vectors = people.flatMap((person) => [0, 1, 2].map((k) => unit(person.map((value, i) => value + (i === k ? 0.2 : 0)))));
    const { points, share } = await mapOf(vectors);
    assert.ok(share > 0.5 && share < 1, String(share));
    const distance = (i, j) => Math.hypot(points[2 * i] - points[2 * j], points[2 * i + 1] - points[2 * j + 1]);
    for (const i of [0, 1, 2]) for (const j of [3, 4, 5, 6, 7, 8]) assert.ok(distance(0, i) < distance(i, j), `${i} ${j}`);
    assert.deepEqual((await mapOf(vectors)).points, points);
  });

  test('puts equal voices on one place', async () => {
    const { points, share } = await mapOf([[1, 0], [1, 0], [1, 0]]);
    assert.deepEqual([...points].map(Math.abs), [0, 0, 0, 0, 0, 0]);
    assert.equal(share, 1);
  });

  test('gives up when it is no longer wanted', async () => {
    const vectors = Array.from({ length: 700 }, (_, i) => unit([Math.sin(i), Math.cos(3 * i), Math.sin(7 * i)]));
    const aborting = new AbortController();
    const map = mapOf(vectors, aborting.signal);
    aborting.abort(new Error('not wanted'));
    await assert.rejects(map, /not wanted/);
  });
});
