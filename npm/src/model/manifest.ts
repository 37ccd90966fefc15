/** `manifest.json`: the contract between the trainer, which writes it, and this package. Schema: `models/manifest.schema.json`. */
import { VoiceprintError } from '../error.js';
import type { ConditionResult, OperatingPoint } from '../types.js';
import { FieldReader } from './reader.js';

const SCHEMA = 'voiceprint-manifest/1';

/** In the order of `FeatureKind` (`voiceprint/features.h`). */
export const FEATURE_KINDS = ['fbank', 'spectrogram', 'mel_spectrogram', 'mfcc'] as const;
export type FeatureKind = (typeof FEATURE_KINDS)[number];

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

export interface Calibration {
  readonly scale: number;
  readonly offset: number;
  readonly pTarget: number;
}

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly onnx: { readonly file: string; readonly bytes: number; readonly sha256: string };
  readonly tensors: { readonly input: string; readonly output: string; readonly embeddingDim: number };
  readonly frontEnd: FrontEndOptions;
  readonly qualityLimits: QualityLimits;
  readonly calibration: Calibration;
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
  checkSchema(root.text('schema'));
  const onnx = root.child('onnx');
  const tensors = root.child('tensors');
  const limits = root.child('quality_limits');
  const calibration = root.child('calibration');
  calibration.constant('kind', 'logistic');
  const operatingPoints = root.list('operating_points').map(readOperatingPoint);
  if (operatingPoints.length === 0) root.fail('operating_points', 'an array of at least one operating point');
  const defaultOperatingPoint = root.text('default_operating_point');
  if (!operatingPoints.some(({ name }) => name === defaultOperatingPoint)) {
    root.fail('default_operating_point', 'the name of one of operating_points');
  }
  return {
    name: root.text('name'),
    version: root.text('version'),
    licence: root.text('licence'),
    onnx: {
      file: onnx.text('file', /^[A-Za-z0-9_.-]+$/, 'the plain name of a file beside the manifest'),
      bytes: onnx.integer('bytes', 1),
      sha256: onnx.text('sha256', /^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits'),
    },
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
    calibration: {
      scale: calibration.number('scale', Number.MIN_VALUE),
      offset: calibration.number('offset'),
      pTarget: calibration.probability('p_target'),
    },
    operatingPoints,
    defaultOperatingPoint,
    evaluation: root.list('evaluation').map(readCondition),
  };
}

function checkSchema(schema: string): void {
  if (schema === SCHEMA) return;
  if (/^voiceprint-manifest\/\d+$/.test(schema)) {
    throw new VoiceprintError(
      'manifest_version',
      `The manifest follows ${schema}, this package reads ${SCHEMA}: use a matching model or package.`,
    );
  }
  throw new VoiceprintError(
    'manifest_invalid',
    `Manifest: schema must be "${SCHEMA}", but it is ${JSON.stringify(schema).slice(0, 60)}.`,
  );
}

/** The core checks the ranges; what it does not take as an option must be what it does. */
function readFrontEnd(frontEnd: FieldReader): FrontEndOptions {
  const vad = frontEnd.child('vad');
  const crop = frontEnd.child('crop');
  frontEnd.constant('sample_scale', 1);
  frontEnd.constant('mean_normalisation', 'utterance');
  crop.constant('combine', 'mean_embedding');
  const sampleRateHz = frontEnd.integer('sample_rate_hz', 1000, 192000);
  const featureKind = frontEnd.has('feature_kind') ? frontEnd.oneOf('feature_kind', FEATURE_KINDS) : 'fbank';
  const isFbank = featureKind === 'fbank';
  return {
    sampleRateHz,
    featureKind,
    fbank: isFbank ? readFbank(frontEnd.child('fbank')) : pictureFbank(sampleRateHz),
    spectrogram: isFbank ? null : readSpectrogram(frontEnd.child('spectrogram'), featureKind),
    vad: {
      minLevelDbfs: vad.number('min_level_dbfs'),
      marginDb: vad.number('margin_db', 0),
      padMs: vad.number('pad_ms', 0),
      minSpeechMs: vad.number('min_speech_ms', 0),
      maxGapMs: vad.number('max_gap_ms', 0),
    },
    crop: {
      windowS: crop.number('window_s', 0),
      maxSegmentS: crop.number('max_segment_s', 0),
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

function readOperatingPoint(point: FieldReader): OperatingPoint {
  return {
    name: point.text('name'),
    targetFalseAlarmRate: point.number('target_false_alarm_rate', 0, 1),
    thresholdScore: point.number('threshold_score'),
    thresholdLlr: point.number('threshold_llr'),
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
  };
}
