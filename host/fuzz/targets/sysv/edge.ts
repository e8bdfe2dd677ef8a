import { mapGuarded } from '../libc/guarded.js';

/** A type, and no text: what the model takes to be there. */
const EDGE_BYTES = 8;

/** The last bytes in front of memory that nobody may touch. */
export interface Edge {
  /** Native address of a type; a text would have no byte. */
  readonly address: number;
  /** The two halves of that type. */
  readonly words: Int32Array;
  close(): void;
}

export function mapEdge(): Edge {
  const { base, bytes, close } = mapGuarded(EDGE_BYTES);
  const start = bytes.length - EDGE_BYTES;
  return { address: base + start, words: new Int32Array(bytes.buffer, bytes.byteOffset + start, 2), close };
}
