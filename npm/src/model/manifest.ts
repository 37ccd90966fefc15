/** `manifest.json`: the contract between the trainer, which writes it, and this package. Schema: `models/manifest.schema.json`. */
import { VoiceprintError } from '../error.js';
import type { ConditionResult, OperatingPoint } from '../types.js';
import { FieldReader } from './reader.js';

const SCHEMA = 'voiceprint-manifest/1';

export interface FrontEndOptions {
  readonly sampleRateHz: number;
  readonly fbank: {
    readonly numMelBins: number;
    readonly lowFrequencyHz: number;
    readonly highFrequencyHz: number;
    readonly frameLengthMs: number;
    readonly frameShiftMs: number;
    readonly preemphasis: number;
  };
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
  const fbank = frontEnd.child('fbank');
  const vad = frontEnd.child('vad');
  const crop = frontEnd.child('crop');
  frontEnd.constant('sample_scale', 1);
  frontEnd.constant('mean_normalisation', 'utterance');
  fbank.constant('window', 'povey');
  fbank.constant('log_floor', 1.1920929e-7);
  fbank.constant('dither', 0);
  fbank.constant('snip_edges', true);
  crop.constant('combine', 'mean_embedding');
  return {
    sampleRateHz: frontEnd.integer('sample_rate_hz', 1000, 192000),
    fbank: {
      numMelBins: fbank.integer('num_mel_bins', 1, 4096),
      lowFrequencyHz: fbank.number('low_frequency_hz', 0),
      highFrequencyHz: fbank.number('high_frequency_hz', 0),
      frameLengthMs: fbank.number('frame_length_ms', 0),
      frameShiftMs: fbank.number('frame_shift_ms', 0),
      preemphasis: fbank.number('preemphasis', 0, 1),
    },
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
