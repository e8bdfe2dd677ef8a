/** What the committed vectors hold (tests/vectors, made by scripts/vectors). */

interface Field {
  offset: number;
  size: number;
}

export interface SaidLayout {
  [name: string]: { size: number; align: number; fields: Record<string, Field> } | unknown;
  cmsg: { align: number; data: number; LEN: Record<string, number>; SPACE: Record<string, number> };
}

export interface LayoutVector {
  abi: string;
  origin: string;
  layout: SaidLayout;
  controls: {
    name: string;
    messages: { level: number; type: number; data: string }[];
    fill: number;
    tight: boolean;
    control: string;
    offsets: number[];
  }[];
}

export interface PayloadVector {
  abi: string;
  origin: string;
  payloads: Record<string, { level: number; type: number; size: number; fields: (Field & { name: string })[] }>;
}

export interface WalkVector {
  dialect: string;
  abi: string;
  origin: string;
  /** The libc whose own macros walked; absent where somebody restated the walk. */
  macros?: string;
  cases: {
    control: string;
    controllen: number;
    headers: [offset: number, length: number | string, level: number, type: number][];
    end: string;
    at: number | string;
  }[];
}

/** What was retyped from a document proves no more than that. */
export function isDocument(origin: string): boolean {
  return origin.startsWith('document');
}
