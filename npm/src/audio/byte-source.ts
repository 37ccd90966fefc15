/** Bytes that are read in pieces, so that a 3-hour file never lies in memory whole. */

export interface ByteSource {
  readonly size: number;
  /** Fewer than `length` bytes only at the end. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** The whole source as a path, where it is one. */
  readonly path?: string;
  close(): Promise<void>;
}

export function memorySource(bytes: Uint8Array<ArrayBuffer>): ByteSource {
  return {
    size: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
    close: async () => {},
  };
}

export function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
    close: async () => {},
  };
}
