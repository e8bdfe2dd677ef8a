import { readdirSync, readFileSync } from 'node:fs';
import type { CmsgSizes, Field } from '../../host/model/layout.js';

interface StructShape {
  size: number;
  align: number;
  fields: Record<string, Field>;
}

/** What a compiler said of an ABI (tests/vectors/layout). */
export interface LayoutVector {
  abi: string;
  origin: string;
  word: number;
  endian: string;
  SOL_SOCKET: number;
  layout: Record<'msghdr' | 'cmsghdr' | 'iovec', StructShape> & { cmsg: CmsgSizes };
  structs: Record<'msghdr' | 'iovec', { values: Record<string, string>; bytes: string }>;
  controls: {
    name: string;
    messages: { level: number; type: number; data: string }[];
    fill: number;
    tight: boolean;
    control: string;
    offsets: number[];
  }[];
}

/** What the macros of a libc did with hostile buffers (tests/vectors/walk). */
export interface WalkVector {
  dialect: string;
  abi: string;
  /** The libc whose own macros walked; absent where the walk is restated. */
  macros?: string;
  cases: {
    name?: string;
    control: string;
    controllen: number;
    headers: [offset: number, len: number | string, level: number, type: number][];
    end: string;
    at: number | string;
  }[];
}

/** What the headers of an ABI say of a payload (tests/vectors/payload). */
export interface PayloadShape {
  level: number;
  type: number;
  /** With one element, if it is repeated. */
  size: number;
  fields: { name: string; offset: number; size: number; signed: boolean; many: boolean }[];
}

export interface PayloadVector {
  abi: string;
  payloads: Record<string, PayloadShape>;
}

// Tests run in the folder of the package, as scripts/test.mjs starts them.
function readVectors<T>(kind: string): T[] {
  const folder = `tests/vectors/${kind}`;
  const vectors =
    read.get(kind) ?? readdirSync(folder).map((file) => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')));
  read.set(kind, vectors);
  return vectors as T[];
}

/** By kind: they are megabytes, and several suites want the same. */
const read = new Map<string, unknown[]>();

export const layoutVectors = () => readVectors<LayoutVector>('layout');
export const walkVectors = () => readVectors<WalkVector>('walk');
export const payloadVectors = () => readVectors<PayloadVector>('payload');
