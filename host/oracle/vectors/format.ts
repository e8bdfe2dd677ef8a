/** What the committed vectors hold (tests/vectors, made by scripts/vectors/main.mjs, which says what each kind is). */

/** [offset, size], and of a number whether it is signed. */
export type Place = readonly [offset: number, size: number, signed?: boolean];

export interface AbiVector {
  abi: string;
  origin: string;
  endian: string;
  structs: Record<string, { size: number; align: number; members: Record<string, Place> }>;
  constants: Record<string, number>;
  /** A second row of one id is `id#2`. */
  payloads: Record<string, { level: number; type: number; members?: Record<string, Place> }>;
  /** Absent where there are no control messages. */
  cmsg?: { align: number; data: number; LEN: Record<string, number>; SPACE: Record<string, number> };
}

/** Who said so, by the id of the ABI. */
export type Oracles = Record<string, { origin?: string; macros?: string; restated?: string }>;

export interface ControlVector {
  oracles: Oracles;
  controls: {
    name: string;
    messages: { level: number; type: number; data: string }[];
    fill: number;
    tight: boolean;
    control: string;
    offsets: number[];
  }[];
}

export interface CasesVector {
  cases: [controllen: number, control: string, name?: string][];
}

export interface WalkVector {
  dialect: string;
  shape: string;
  oracles: Oracles;
  /** `0 24 end`: the offsets, how it ended and, but at an end, where; null where that depends on the address. */
  outcomes: (string | null)[];
}

/** What was retyped from a document proves no more than that. */
export function isDocument(origin = ''): boolean {
  return origin.startsWith('document');
}
