/** `manifest.json`: the contract between the trainer, which writes it, and this package. Schema: `models/manifest.schema.json`. */
import { VoiceprintError } from '../error.js';
import type { ConditionResult, LlrHistogram, OperatingPoint } from '../types.js';
import { FieldReader } from './reader.js';

/** Version 1 knows neither `calibration.score` and `terms` nor a cohort. */
const SCHEMAS = ['voiceprint-manifest/1', 'voiceprint-manifest/2'] as const;
type Schema = (typeof SCHEMAS)[number];

const MAX_COHORT_BYTES = 64 * 2 ** 20;
const MAX_TERMS = 16;
const MAX_BINS = 1000;

/** In the order of `ScoreKind` (`voiceprint/trial_scorer.h`). */
export const SCORE_KINDS = ['cosine', 'as_norm'] as const;

/** In the order of `QualityMeasure` (`voiceprint/quality_calibration.h`). */
export const QUALITY_MEASURES = [
  'log_net_speech_shorter',
  'log_net_speech_longer',
  'snr_lower_db',
  'bandwidth_lower_khz',
  'cohort_mean',
  'score_squared',
] as const;

/** In the order of `FeatureKind` (`voiceprint/features.h`). */
export const FEATURE_KINDS = ['fbank', 'spectrogram', 'mel_spectrogram', 'mfcc'] as const;
export type FeatureKind = (typeof FEATURE_KINDS)[number];

/** In the order of `MeanNormalisation` (`voiceprint/fbank.h`). */
export const MEAN_NORMALISATIONS = ['utterance', 'level'] as const;
export type MeanNormalisation = (typeof MEAN_NORMALISATIONS)[number];

export interface FbankOptions {
  readonly numMelBins: number;
  readonly lowFrequencyHz: number;
  readonly highFrequencyHz: number;
  readonly frameLengthMs: number;
  readonly frameShiftMs: number;
  readonly preemphasis: number;
}

/** What a feature kind does not have is 0. */
export interface SpectrogramOptions {
  readonly frameLengthMs: number;
  readonly frameShiftMs: number;
  readonly numMelBins: number;
  readonly lowFrequencyHz: number;
  readonly highFrequencyHz: number;
  readonly numCoefficients: number;
}

export interface FrontEndOptions {
  readonly sampleRateHz: number;
  readonly featureKind: FeatureKind;
  /** Of the network where `featureKind` is 'fbank', and of pictures always. */
  readonly fbank: FbankOptions;
  /** null where `featureKind` is 'fbank'. */
  readonly spectrogram: SpectrogramOptions | null;
  readonly meanNormalisation: MeanNormalisation;
  readonly vad: {
    readonly minLevelDbfs: number;
    readonly marginDb: number;
    readonly padMs: number;
    readonly minSpeechMs: number;
    readonly maxGapMs: number;
  };
  readonly crop: { readonly windowS: number; readonly maxSegmentS: number; readonly maxSpeechS: number };
}

export interface QualityLimits {
  readonly minNetSpeechS: number;
  readonly minLevelDbfs: number;
  readonly maxClippedFraction: number;
  readonly minSnrDb: number;
  readonly minBandwidthHz: number;
}

export interface QualityTerm {
  readonly measure: (typeof QUALITY_MEASURES)[number];
  readonly weight: number;
  readonly low: number;
  readonly high: number;
}

/** LLR = scale * score + sum of weight * clamp(measure, low, high) + offset. */
export interface Calibration {
  readonly score: (typeof SCORE_KINDS)[number];
  readonly scale: number;
  readonly offset: number;
  readonly terms: readonly QualityTerm[];
  readonly pTarget: number;
}

/** A file beside the manifest. */
export interface ModelFile {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Strangers' embeddings, and how many of the nearest give a recording's statistics. */
export interface CohortFile extends ModelFile {
  readonly topN: number;
}

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly onnx: ModelFile;
  readonly tensors: { readonly input: string; readonly output: string; readonly embeddingDim: number };
  readonly frontEnd: FrontEndOptions;
  readonly qualityLimits: QualityLimits;
  readonly calibration: Calibration;
  /** There exactly where the calibration uses it. */
  readonly cohort: CohortFile | null;
  readonly operatingPoints: readonly OperatingPoint[];
  readonly defaultOperatingPoint: string;
  readonly evaluation: readonly ConditionResult[];
}

/** Values per frame that the network takes. */
export function featureBins({ sampleRateHz, featureKind, fbank, spectrogram }: FrontEndOptions): number {
  if (spectrogram === null) return fbank.numMelBins;
  if (featureKind === 'mfcc') return spectrogram.numCoefficients;
  if (featureKind === 'mel_spectrogram') return spectrogram.numMelBins;
  // The core takes the length as a float.
  return Math.round((sampleRateHz * Math.fround(spectrogram.frameLengthMs)) / 1000) / 2 + 1;
}

/** Throws `manifest_version` for another version of the schema, `manifest_invalid` (naming the field) for anything else that is wrong. */
export function parseManifest(json: unknown): Manifest {
  const root = new FieldReader(json);
  const schema = checkSchema(root.text('schema'));
  const tensors = root.child('tensors');
  const limits = root.child('quality_limits');
  const calibration = readCalibration(root.child('calibration'), schema);
  const ofCosine = calibration.score === 'cosine' && calibration.terms.length === 0;
  const operatingPoints = root.list('operating_points').map((point) => readOperatingPoint(point, ofCosine));
  if (operatingPoints.length === 0) root.fail('operating_points', 'an array of at least one operating point');
  const defaultOperatingPoint = root.text('default_operating_point');
  if (!operatingPoints.some(({ name }) => name === defaultOperatingPoint)) {
    root.fail('default_operating_point', 'the name of one of operating_points');
  }
  return {
    name: root.text('name'),
    version: root.text('version'),
    licence: root.text('licence'),
    onnx: readModelFile(root.child('onnx'), Number.MAX_SAFE_INTEGER),
    tensors: {
      input: tensors.text('input'),
      output: tensors.text('output'),
      embeddingDim: tensors.integer('embedding_dim', 1, 65536),
    },
    frontEnd: readFrontEnd(root.child('front_end')),
    qualityLimits: {
      minNetSpeechS: limits.number('min_net_speech_s', 0),
      minLevelDbfs: limits.number('min_level_dbfs'),
      maxClippedFraction: limits.number('max_clipped_fraction', 0, 1),
      minSnrDb: limits.number('min_snr_db'),
      minBandwidthHz: limits.number('min_bandwidth_hz', 0),
    },
    calibration,
    cohort: readCohort(root, calibration),
    operatingPoints,
    defaultOperatingPoint,
    evaluation: root.list('evaluation').map(readCondition),
  };
}

function checkSchema(schema: string): Schema {
  const known = SCHEMAS.find((name) => name === schema);
  if (known) return known;
  if (/^voiceprint-manifest\/\d+$/.test(schema)) {
    throw new VoiceprintError(
      'manifest_version',
      `The manifest follows ${schema}, this package reads ${SCHEMAS.join(' and ')}: use a matching model or package.`,
    );
  }
  throw new VoiceprintError(
    'manifest_invalid',
    `Manifest: schema must be "${SCHEMAS[1]}", but it is ${JSON.stringify(schema).slice(0, 60)}.`,
  );
}

/** The core checks the ranges; what it does not take as an option must be what it does. */
function readFrontEnd(frontEnd: FieldReader): FrontEndOptions {
  const vad = frontEnd.child('vad');
  const crop = frontEnd.child('crop');
  frontEnd.constant('sample_scale', 1);
  crop.constant('combine', 'mean_embedding');
  const sampleRateHz = frontEnd.integer('sample_rate_hz', 1000, 192000);
  const featureKind = frontEnd.has('feature_kind') ? frontEnd.oneOf('feature_kind', FEATURE_KINDS) : 'fbank';
  const isFbank = featureKind === 'fbank';
  return {
    sampleRateHz,
    featureKind,
    fbank: isFbank ? readFbank(frontEnd.child('fbank')) : pictureFbank(sampleRateHz),
    spectrogram: isFbank ? null : readSpectrogram(frontEnd.child('spectrogram'), featureKind),
    meanNormalisation: frontEnd.oneOf('mean_normalisation', MEAN_NORMALISATIONS),
    vad: {
      minLevelDbfs: vad.number('min_level_dbfs'),
      marginDb: vad.number('margin_db', 0),
      padMs: vad.number('pad_ms', 0),
      minSpeechMs: vad.number('min_speech_ms', 0),
      maxGapMs: vad.number('max_gap_ms', 0),
    },
    crop: {
      windowS: crop.number('window_s', 0),
      maxSegmentS: crop.number('max_segment_s', 1),
      maxSpeechS: crop.number('max_speech_s', 0),
    },
  };
}

function readFbank(fbank: FieldReader): FbankOptions {
  fbank.constant('window', 'povey');
  fbank.constant('log_floor', 1.1920929e-7);
  fbank.constant('dither', 0);
  fbank.constant('snip_edges', true);
  return {
    ...readMelBins(fbank),
    frameLengthMs: fbank.number('frame_length_ms', 0),
    frameShiftMs: fbank.number('frame_shift_ms', 0),
    preemphasis: fbank.number('preemphasis', 0, 1),
  };
}

/** For pictures of recordings whose network takes something else. */
function pictureFbank(sampleRateHz: number): FbankOptions {
  return {
    numMelBins: 80,
    lowFrequencyHz: 20,
    highFrequencyHz: Math.min(8000, sampleRateHz / 2),
    frameLengthMs: 25,
    frameShiftMs: 10,
    preemphasis: 0.97,
  };
}

function readSpectrogram(spectrogram: FieldReader, kind: FeatureKind): SpectrogramOptions {
  spectrogram.constant('window', 'hann');
  spectrogram.constant('padding', 'reflect');
  spectrogram.constant('power', 2);
  const hasMelBins = kind !== 'spectrogram';
  if (hasMelBins) spectrogram.constant('mel_scale', 'htk');
  if (kind === 'mfcc') {
    spectrogram.constant('log_floor', 1e-10);
    spectrogram.constant('top_db', 80);
  }
  return {
    ...(hasMelBins ? readMelBins(spectrogram) : { numMelBins: 0, lowFrequencyHz: 0, highFrequencyHz: 0 }),
    frameLengthMs: spectrogram.number('frame_length_ms', 0),
    frameShiftMs: spectrogram.number('frame_shift_ms', 0),
    numCoefficients: kind === 'mfcc' ? spectrogram.integer('num_coefficients', 1, 4096) : 0,
  };
}

function readMelBins(options: FieldReader): Pick<FbankOptions, 'numMelBins' | 'lowFrequencyHz' | 'highFrequencyHz'> {
  return {
    numMelBins: options.integer('num_mel_bins', 1, 4096),
    lowFrequencyHz: options.number('low_frequency_hz', 0),
    highFrequencyHz: options.number('high_frequency_hz', 0),
  };
}

function readModelFile(file: FieldReader, maxBytes: number): ModelFile {
  return {
    file: file.text('file', /^[A-Za-z0-9_.-]+$/, 'the plain name of a file beside the manifest'),
    bytes: file.integer('bytes', 1, maxBytes),
    sha256: file.text('sha256', /^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits'),
  };
}

function readCalibration(calibration: FieldReader, schema: Schema): Calibration {
  calibration.constant('kind', 'logistic');
  const hasTerms = schema !== SCHEMAS[0];
  for (const name of ['score', 'terms']) {
    if (!hasTerms && calibration.has(name)) calibration.fail(name, `absent in a manifest of ${schema}`);
  }
  const terms = hasTerms ? calibration.list('terms').map(readTerm) : [];
  if (terms.length > MAX_TERMS) calibration.fail('terms', `an array of at most ${MAX_TERMS} quality terms`);
  return {
    score: hasTerms ? calibration.oneOf('score', SCORE_KINDS) : 'cosine',
    scale: calibration.number('scale', Number.MIN_VALUE),
    offset: calibration.number('offset'),
    terms,
    pTarget: calibration.probability('p_target'),
  };
}

function readTerm(term: FieldReader): QualityTerm {
  const low = term.number('low');
  return {
    measure: term.oneOf('measure', QUALITY_MEASURES),
    weight: term.number('weight'),
    low,
    high: term.number('high', low),
  };
}

function readCohort(root: FieldReader, { score, terms }: Calibration): CohortFile | null {
  const isUsed = score === 'as_norm' || terms.some(({ measure }) => measure === 'cohort_mean');
  if (!isUsed) {
    if (root.has('cohort')) root.fail('cohort', 'absent, because the calibration uses no cohort');
    return null;
  }
  const cohort = root.child('cohort');
  return { ...readModelFile(cohort, MAX_COHORT_BYTES), topN: cohort.integer('top_n', 2, 1_000_000) };
}

/** `ofCosine`: the calibration reads the cosine alone, so that every threshold is a cosine too. */
function readOperatingPoint(point: FieldReader, ofCosine: boolean): OperatingPoint {
  if (!ofCosine && point.has('threshold_score')) {
    point.fail('threshold_score', 'absent, because no cosine stands for an LLR of this calibration');
  }
  return {
    name: point.text('name'),
    targetFalseAlarmRate: point.number('target_false_alarm_rate', 0, 1),
    thresholdLlr: point.number('threshold_llr'),
    thresholdScore: ofCosine ? point.number('threshold_score') : null,
    pTarget: point.probability('p_target'),
    costMiss: point.number('c_miss', 0),
    costFalseAlarm: point.number('c_fa', 0),
    measuredFalseAlarmRate: point.number('measured_p_fa', 0, 1),
    measuredMissRate: point.number('measured_p_miss', 0, 1),
    trialList: point.text('trial_list'),
  };
}

function readCondition(condition: FieldReader): ConditionResult {
  return {
    condition: condition.text('condition'),
    targets: condition.integer('targets', 1),
    nonTargets: condition.integer('non_targets', 1),
    speakers: condition.integer('speakers', 1),
    eer: condition.number('eer', 0, 1),
    eerInterval: condition.interval('eer_interval'),
    minDcf001: condition.number('min_dcf_001', 0),
    minDcf001Interval: condition.interval('min_dcf_001_interval'),
    llrHistogram: condition.has('llr_histogram') ? readHistogram(condition.child('llr_histogram')) : null,
  };
}

function readHistogram(histogram: FieldReader): LlrHistogram {
  const targets = histogram.counts('targets', MAX_BINS);
  const nonTargets = histogram.counts('non_targets', MAX_BINS);
  if (nonTargets.length !== targets.length) histogram.fail('non_targets', 'as many bins as targets');
  return {
    low: histogram.number('low', -1000, 1000),
    binWidth: histogram.number('bin_width', 0.01, 10),
    targets,
    nonTargets,
  };
}
