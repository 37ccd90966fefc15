/** The microphone: opened at its own rate and without processing, recorded as it is. */
import { assetsAt, bundledAssets, folderUrl } from '../assets.js';
import { abortedError, asVoiceprintError, throwIfAborted, VoiceprintError } from '../error.js';
import { browser } from '../platform/browser.js';
import type { MicrophoneLevel, MicrophoneSettings, Pcm, Recorder, RecorderOptions, RecorderStarter } from '../types.js';
import { LiveSpeech } from './live-speech.js';

const DEFAULT_MAX_DURATION_S = 300;
const SILENCE_DBFS = -120;
/** A context that has not started by then waits for a click. */
const START_LIMIT_MS = 3000;
/** The audio thread that has not handed on its last samples by then never will. */
const FLUSH_LIMIT_MS = 500;

export const microphone: RecorderStarter = {
  devices: async () => {
    if (typeof navigator === 'undefined' || !navigator.mediaDevices) throw noAccess();
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.filter(({ kind }) => kind === 'audioinput').map(({ deviceId, label }) => ({ deviceId, label }));
  },
  start: async (options = {}) => {
    throwIfAborted(options.signal);
    if (options.keep === false && (options.onSpeech || options.onSpeaking)) {
      throw new VoiceprintError('invalid_argument', 'Speech events need what is kept: leave keep: false out.');
    }
    if (typeof navigator === 'undefined' || !navigator.mediaDevices || typeof AudioWorkletNode === 'undefined') {
      throw noAccess();
    }
    if (navigator.userActivation?.hasBeenActive === false) {
      throw new VoiceprintError('unsupported_environment', 'Start recording from a click or a key press.');
    }
    const stream = await openMicrophone(options.deviceId);
    let context: AudioContext | undefined;
    try {
      throwIfAborted(options.signal);
      context = await startContext(stream, options);
      throwIfAborted(options.signal);
      return new MicrophoneRecorder(stream, context, options);
    } catch (error) {
      release(stream, context);
      throw asVoiceprintError(error);
    }
  },
};

function noAccess(): VoiceprintError {
  return new VoiceprintError(
    'unsupported_environment',
    'No microphone access here: it needs a page served over https or from localhost.',
  );
}

async function openMicrophone(deviceId: string | undefined): Promise<MediaStream> {
  const audio: MediaTrackConstraints = {
    echoCancellation: false,
    noiseSuppression: false,
    autoGainControl: false,
    ...(deviceId === undefined ? {} : { deviceId: { exact: deviceId } }),
  };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio, video: false });
  } catch (error) {
    throw microphoneError(error);
  }
}

function microphoneError(error: unknown): VoiceprintError {
  const name = error instanceof Error ? error.name : '';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return new VoiceprintError(
        'microphone_denied',
        'The microphone was refused: allow it in the browser for this page.',
        { cause: error },
      );
    case 'NotFoundError':
    case 'OverconstrainedError':
      return new VoiceprintError('microphone_missing', 'There is no such microphone: connect one.', { cause: error });
    case 'NotReadableError':
    case 'AbortError':
      return new VoiceprintError(
        'microphone_missing',
        'The microphone does not answer: another program may be using it.',
        { cause: error },
      );
    default:
      return asVoiceprintError(error);
  }
}

/** At the microphone's rate: Firefox refuses any other, and browsers resample badly. */
async function startContext(stream: MediaStream, options: RecorderOptions): Promise<AudioContext> {
  const { sampleRate } = trackOf(stream).getSettings();
  const context = new AudioContext(sampleRate === undefined ? {} : { sampleRate });
  const started = await Promise.race([
    context.resume().then(() => true),
    new Promise<false>((resolve) => setTimeout(resolve, START_LIMIT_MS, false)),
  ]);
  if (!started) {
    await context.close();
    throw new VoiceprintError(
      'unsupported_environment',
      'The browser did not start audio: start recording from a click or a key press.',
    );
  }
  const assets =
    options.assetBase === undefined ? bundledAssets() : assetsAt(folderUrl(browser.resolve(options.assetBase)));
  try {
    await context.audioWorklet.addModule(assets.recorderWorklet);
  } catch (error) {
    await context.close();
    throw new VoiceprintError('network', `${assets.recorderWorklet} could not be loaded.`, { cause: error });
  }
  return context;
}

class MicrophoneRecorder implements Recorder {
  readonly settings: MicrophoneSettings;
  private readonly node: AudioWorkletNode;
  private readonly blocks: Float32Array[] = [];
  private readonly maxSamples: number;
  private readonly liveSpeech: LiveSpeech | null;
  private numSamples = 0;
  private state: 'recording' | 'ended' | 'stopped' = 'recording';
  private error: VoiceprintError | null = null;
  private onFlushed = () => {};

  constructor(
    private readonly stream: MediaStream,
    private readonly context: AudioContext,
    private readonly options: RecorderOptions,
  ) {
    const track = trackOf(stream);
    const granted = track.getSettings();
    this.settings = {
      label: track.label,
      deviceId: granted.deviceId ?? '',
      sampleRateHz: context.sampleRate,
      echoCancellation: Boolean(granted.echoCancellation),
      noiseSuppression: granted.noiseSuppression ?? false,
      autoGainControl: granted.autoGainControl ?? false,
    };
    const defaultMaxS = options.keep === false ? Number.POSITIVE_INFINITY : DEFAULT_MAX_DURATION_S;
    this.maxSamples = Math.round((options.maxDurationS ?? defaultMaxS) * context.sampleRate);
    this.liveSpeech = options.voiceprint ? new LiveSpeech(options) : null;
    this.node = new AudioWorkletNode(context, 'voiceprint-recording', {
      channelCount: 1,
      channelCountMode: 'explicit',
    });
    this.node.port.onmessage = ({ data }) => (data === null ? this.onFlushed() : this.add(data));
    context.createMediaStreamSource(stream).connect(this.node).connect(context.destination); // silent, but pulls the samples through
    track.addEventListener('ended', () =>
      this.end(new VoiceprintError('microphone_lost', 'The microphone was disconnected or taken away.')),
    );
    options.signal?.addEventListener('abort', () => this.cancel(), { once: true });
  }

  snapshot(): Pcm {
    const samples = new Float32Array(this.blocks.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const block of this.blocks) {
      samples.set(block, at);
      at += block.length;
    }
    return { samples, sampleRateHz: this.settings.sampleRateHz };
  }

  async stop(): Promise<Pcm> {
    if (this.state === 'stopped') throw this.stoppedError();
    if (this.state === 'recording') await this.flush();
    this.close();
    if (this.numSamples === 0 && this.error) throw this.error;
    return this.snapshot();
  }

  cancel(): void {
    this.close();
    this.blocks.length = 0;
    this.numSamples = 0;
  }

  private add(block: Float32Array): void {
    if (this.state !== 'recording' || block.length === 0) return;
    const kept = block.subarray(0, this.maxSamples - this.numSamples);
    if (this.options.keep !== false) this.blocks.push(kept);
    this.numSamples += kept.length;
    this.options.onLevel?.(levelOf(kept));
    this.options.onSamples?.({ samples: kept.slice(), sampleRateHz: this.settings.sampleRateHz });
    this.liveSpeech?.update(this);
    if (this.numSamples === this.maxSamples) this.end(null);
  }

  private end(error: VoiceprintError | null): void {
    if (this.state !== 'recording') return;
    this.state = 'ended';
    this.error = error;
    release(this.stream, this.context);
    this.options.onEnded?.(error);
  }

  /** Waits for the samples that are still in the audio thread. */
  private async flush(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.onFlushed = resolve;
      setTimeout(resolve, FLUSH_LIMIT_MS);
      this.node.port.postMessage('flush');
    });
  }

  private close(): void {
    this.state = 'stopped';
    this.liveSpeech?.stop();
    release(this.stream, this.context);
  }

  private stoppedError(): VoiceprintError {
    const { signal } = this.options;
    return signal?.aborted
      ? abortedError(signal)
      : new VoiceprintError('disposed', 'This recording was already stopped.');
  }
}

function trackOf(stream: MediaStream): MediaStreamTrack {
  const [track] = stream.getAudioTracks();
  if (!track) throw new VoiceprintError('microphone_missing', 'The browser gave no audio track.');
  return track;
}

function release(stream: MediaStream, context: AudioContext | undefined): void {
  for (const track of stream.getTracks()) track.stop();
  if (context && context.state !== 'closed') void context.close();
}

function levelOf(samples: Float32Array): MicrophoneLevel {
  let power = 0;
  let peak = 0;
  for (const sample of samples) {
    power += sample * sample;
    peak = Math.max(peak, Math.abs(sample));
  }
  return { rmsDbfs: decibels(Math.sqrt(power / samples.length)), peakDbfs: decibels(peak) };
}

function decibels(amplitude: number): number {
  return Math.max(SILENCE_DBFS, 20 * Math.log10(amplitude));
}
