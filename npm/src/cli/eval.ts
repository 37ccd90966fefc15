/** `voiceprint eval`: trial lists through the client's own path, each recording embedded once. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Core } from '../core/module.js';
import { measureTrials, type TrialMetrics } from '../core/trial-metrics.js';
import { VoiceprintError } from '../error.js';
import type { Comparison, Embedding, ModelInfo, Voiceprint } from '../types.js';
import { EmbeddingCache, type EmbeddingMaker } from './embedding-cache.js';
import { accessing } from './file-access.js';
import { Progress } from './progress.js';
import { locateRecordings, numberSpeakers, readTrialLists, type Trial, type TrialList } from './trial-list.js';
import { writeWhole } from './write-file.js';

export interface EvalOptions {
  readonly audioRoot: string;
  /** Folder of the report. */
  readonly out: string;
  readonly resamplings: number;
}

/** The decisions at the model's default operating point; rates are null where nothing was judged. */
export interface DecisionRates {
  readonly operatingPoint: string;
  readonly missRate: number | null;
  readonly falseAlarmRate: number | null;
  readonly inconclusive: number;
}

export interface ListResult {
  readonly list: string;
  readonly trials: number;
  /** Trials with a recording that holds nothing to embed: in no metric. */
  readonly skipped: number;
  readonly cosine: TrialMetrics;
  /** Only of models whose calibration reads normalised scores. */
  readonly asNorm?: TrialMetrics;
  readonly llr: TrialMetrics;
  readonly decisions: DecisionRates;
}

/** As `report.json` has it. */
export interface Report {
  readonly model: Pick<ModelInfo, 'name' | 'version' | 'sha256'>;
  readonly lists: readonly ListResult[];
}

/** Of a report's files, which hold no voice. */
const MODE = 0o666;
const P_TARGETS = [0.01, 0.05, 0.5];

/** Writes scores, LLRs and `report.json` into `out`. */
export async function evaluate(
  voiceprint: Voiceprint,
  maker: EmbeddingMaker,
  places: readonly string[],
  { audioRoot, out, resamplings }: EvalOptions,
): Promise<Report> {
  const lists = readTrialLists(places);
  const paths = locateRecordings(lists, audioRoot);
  accessing(out, 'written', () => mkdirSync(out, { recursive: true }));
  const embeddings = await embedAll(voiceprint, paths, new EmbeddingCache(join(out, 'embeddings.jsonl'), maker));
  const core = await Core.instantiate(new Uint8Array(readFileSync(new URL('../voiceprint.wasm', import.meta.url))));
  const results: ListResult[] = [];
  for (const list of lists) results.push(await evaluateList(voiceprint, core, list, embeddings, out, resamplings));
  const { name, version, sha256 } = voiceprint.model;
  const report = { model: { name, version, sha256 }, lists: results };
  await writeWhole(join(out, 'report.json'), `${JSON.stringify(report, null, 2)}\n`, MODE);
  return report;
}

async function embedAll(
  voiceprint: Voiceprint,
  paths: ReadonlyMap<string, string>,
  cache: EmbeddingCache,
): Promise<Map<string, Embedding>> {
  const embeddings = new Map<string, Embedding>();
  for (const [name, path] of paths) {
    const kept = cache.get(path);
    if (kept !== null) embeddings.set(name, kept);
  }
  const progress = new Progress('embed', paths.size, embeddings.size);
  for (const [name, path] of paths) {
    if (embeddings.has(name)) continue;
    const embedding = await voiceprint.embed(path);
    cache.add(path, embedding);
    embeddings.set(name, embedding);
    progress.show(embeddings.size);
  }
  return embeddings;
}

async function evaluateList(
  voiceprint: Voiceprint,
  core: Core,
  { name, file, trials }: TrialList,
  embeddings: ReadonlyMap<string, Embedding>,
  out: string,
  resamplings: number,
): Promise<ListResult> {
  const comparisons: Comparison[] = [];
  for (const { enroll, test } of trials) {
    comparisons.push(await voiceprint.compare(embeddings.get(enroll) as Embedding, embeddings.get(test) as Embedding));
  }
  const scored = trials.map((trial, i) => ({ trial, comparison: comparisons[i] as Comparison }));
  const kept = scored.filter(({ comparison }) => comparison.score !== null);
  const hasAsNorm = kept.some(({ comparison }) => comparison.asNorm !== null);
  const write = (kind: string, score: (comparison: Comparison) => number | null) =>
    writeWhole(join(out, `${name}.${kind}.txt`), formatScores(trials, comparisons.map(score)), MODE);
  await write('scores', ({ score }) => score);
  await write('llrs', ({ llr }) => llr);
  if (hasAsNorm) await write('as_norm', ({ asNorm }) => asNorm);

  const speakerOf = numberSpeakers(kept.map(({ trial }) => trial));
  const measure = (score: (comparison: Comparison) => number | null, scoresAreLlrs: boolean) => {
    const columns = {
      scores: Float32Array.from(kept, ({ comparison }) => score(comparison) ?? Number.NaN),
      isTarget: Uint8Array.from(kept, ({ trial }) => Number(trial.isTarget)),
      enrollSpeakers: Uint32Array.from(kept, ({ trial }) => speakerOf(trial.enroll)),
      testSpeakers: Uint32Array.from(kept, ({ trial }) => speakerOf(trial.test)),
    };
    try {
      return measureTrials(core, columns, { pTargets: P_TARGETS, scoresAreLlrs, resamplings });
    } catch (error) {
      if (!(error instanceof VoiceprintError)) throw error;
      throw new VoiceprintError(error.code, `${file}: ${error.message} ${hintFor(kept)}`, { cause: error });
    }
  };
  return {
    list: name,
    trials: trials.length,
    skipped: trials.length - kept.length,
    cosine: measure(({ score }) => score, false),
    ...(hasAsNorm ? { asNorm: measure(({ asNorm }) => asNorm, false) } : {}),
    llr: measure(({ llr }) => llr, true),
    decisions: countDecisions(scored),
  };
}

/** Why there are no metrics of these trials. */
function hintFor(kept: readonly { readonly trial: Trial }[]): string {
  const hasBothKinds = [true, false].every((kind) => kept.some(({ trial }) => trial.isTarget === kind));
  return hasBothKinds
    ? 'The folder that holds a recording names its speaker; --resamplings 0 leaves the intervals out.'
    : 'There are such trials, but each has a recording that holds nothing to embed: see its scores, which are nan.';
}

function countDecisions(scored: readonly { readonly trial: Trial; readonly comparison: Comparison }[]): DecisionRates {
  const judged = scored.filter(({ comparison }) => comparison.decision !== 'inconclusive');
  const rate = (isTarget: boolean, error: Comparison['decision']) => {
    const side = judged.filter(({ trial }) => trial.isTarget === isTarget);
    return side.length === 0
      ? null
      : side.filter(({ comparison }) => comparison.decision === error).length / side.length;
  };
  return {
    operatingPoint: scored[0]?.comparison.threshold.name ?? '',
    missRate: rate(true, 'reject'),
    falseAlarmRate: rate(false, 'accept'),
    inconclusive: scored.length - judged.length,
  };
}

/** `label score enroll test`, one line per trial; `nan` where there is no score. */
function formatScores(trials: readonly Trial[], scores: readonly (number | null)[]): string {
  const lines = trials.map(({ isTarget, enroll, test }, i) => {
    const score = scores[i] ?? null;
    return `${isTarget ? 1 : 0} ${score === null ? 'nan' : score.toPrecision(9)} ${enroll} ${test}\n`;
  });
  return lines.join('');
}
