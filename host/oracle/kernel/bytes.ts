/** Bytes as system calls of this machine take them. */

export const EMPTY = new Uint8Array(0);
/** koffi runs on no big-endian Linux. */
export const LE = true;

export function int32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, LE);
  return bytes;
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
