/** What differs between browsers and Node. Everything else is shared. */
import type { ByteSource } from '../audio/byte-source.js';
import type { PcmStream } from '../audio/pcm-stream.js';
import type { AudioSource } from '../audio/source.js';
import type { Recording } from '../types.js';
import type { WorkerPort } from '../worker/port.js';

export interface ReadOptions {
  readonly signal: AbortSignal;
  /** 0 to 1; not called where the size is unknown. */
  readonly onProgress?: (fraction: number) => void;
}

/** Available wherever the engine runs: in the worker, or on the calling thread without one. */
export interface EnginePlatform {
  /** All bytes behind a URL; null if there is no such file. Throws `network` for every other failure. */
  readAsset(url: string, options: ReadOptions): Promise<Uint8Array<ArrayBuffer> | null>;
  openFile(path: string): Promise<ByteSource>;
  /** Decodes what is not WAV. Throws `unsupported_format` with the cure. */
  decode(source: ByteSource): Promise<PcmStream>;
}

/** Available on the calling thread. */
export interface Platform extends EnginePlatform {
  /** Threads that the network can have here. */
  readonly maxThreads: number;
  /** Copies a recording into what a worker can take, reading and decoding here what a worker cannot. */
  prepare(recording: Recording, signal: AbortSignal): Promise<AudioSource>;
  /** A place that the user named, as an absolute URL. */
  resolve(place: string | URL): URL;
  /** `assetBase`: where a copy of `dist/` lies; null for beside the module. */
  spawnWorker(assetBase: URL | null): WorkerPort;
}
