/**
 * A map of voices: the plane in which as much as can be of the distances between unit vectors is kept. Classical multidimensional scaling
 * (Torgerson, Psychometrika 17, 1952), which needs the cosines alone: the two leading eigenvectors of their centred matrix, found by orthogonal
 * iteration from fixed vectors, so that the same voices always lie the same way.
 */
export interface VoiceMap {
  /** Row-major [size][2]; the mean is at 0. */
  readonly points: Float32Array;
  /** Part of the squared distances that the plane shows. */
  readonly share: number;
}

const ITERATIONS = 120;
/** What one turn may take before the page gets its own. */
const TURN_MS = 8;

/** `cosines`: symmetric, [size][size]. Rejects with the signal's reason when that aborts. */
export async function voiceMap(cosines: Float32Array, size: number, signal: AbortSignal): Promise<VoiceMap> {
  let [first, second] = [start(size, 1), start(size, 2.3)];
  let [firstLength, secondLength] = [0, 0];
  let turnBegan = performance.now();
  for (let i = 0; i < ITERATIONS; i++) {
    first = centredProduct(cosines, first);
    firstLength = normalise(first);
    second = centredProduct(cosines, second);
    removeDirection(second, first);
    secondLength = normalise(second);
    if (performance.now() - turnBegan < TURN_MS) continue;
    await new Promise((next) => setTimeout(next));
    signal.throwIfAborted();
    turnBegan = performance.now();
  }
  const points = new Float32Array(2 * size);
  [first, second].forEach((axis, k) => {
    const scale = upright(axis) * Math.sqrt(k === 0 ? firstLength : secondLength);
    for (let i = 0; i < size; i++) points[2 * i + k] = scale * (axis[i] ?? 0);
  });
  const all = trace(cosines, size);
  return { points, share: all > 0 ? Math.min(1, (firstLength + secondLength) / all) : 1 };
}

function start(size: number, frequency: number): Float64Array {
  return centre(Float64Array.from({ length: size }, (_, i) => Math.sin(frequency * (i + 1))));
}

/** The centred matrix times a centred vector. */
function centredProduct(cosines: Float32Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  const product = new Float64Array(size);
  for (let row = 0; row < size; row++) {
    let sum = 0;
    for (let column = 0; column < size; column++) sum += (cosines[row * size + column] ?? 0) * (vector[column] ?? 0);
    product[row] = sum;
  }
  return centre(product);
}

function centre(vector: Float64Array): Float64Array {
  const mean = vector.reduce((sum, value) => sum + value, 0) / vector.length;
  return vector.map((value) => value - mean);
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}

/** Scales to length 1 and gives the length before. What has next to none becomes 0: there is no such direction. */
function normalise(vector: Float64Array): number {
  const length = Math.sqrt(dot(vector, vector));
  const scale = length < 1e-6 ? 0 : 1 / length;
  for (let i = 0; i < vector.length; i++) vector[i] = scale * (vector[i] ?? 0);
  return scale === 0 ? 0 : length;
}

function removeDirection(vector: Float64Array, unit: Float64Array): void {
  const part = dot(vector, unit);
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) - part * (unit[i] ?? 0);
}

/** 1 or -1: an eigenvector has no sign of its own, so its largest part is made positive. */
function upright(axis: Float64Array): number {
  return axis.reduce((most, value) => (Math.abs(value) > Math.abs(most) + 1e-9 ? value : most), 0) < 0 ? -1 : 1;
}

/** Of the centred matrix. */
function trace(cosines: Float32Array, size: number): number {
  let [diagonal, all] = [0, 0];
  for (let i = 0; i < size; i++) diagonal += cosines[i * size + i] ?? 0;
  for (const cosine of cosines) all += cosine;
  return diagonal - all / size;
}
