import { readdirSync, readFileSync } from 'node:fs';
import type { CmsgSizes, Field } from '../../host/model/layout.js';

/** [offset, size, is it signed], the last for numbers only. */
export type Place = [offset: number, size: number, signed?: boolean];

/** What the headers of an ABI say (tests/vectors/abi); what they do not know is not there. */
export interface AbiVector {
  abi: string;
  proof: 'executed' | 'compiled' | 'document';
  origin: string;
  command: string;
  endian: 'little' | 'big';
  types: Record<string, [size: number, align: number]>;
  structs: Record<string, { size: number; align: number; members: Record<string, Place> }>;
  /** Absent where there are no control messages. */
  cmsg?: { align: number; data: number; LEN: Record<string, number>; SPACE: Record<string, number> };
  constants: Record<string, number>;
  /** A body is a struct of these headers, or has members of its own, the size being that of one element. */
  payloads: Record<
    string,
    { level: number; type: number; struct?: string; size?: number; members?: Record<string, Place> }
  >;
  filled: Record<'msghdr' | 'iovec', { values: Record<string, string>; bytes: string }>;
}

/** What measured something that several ABIs give alike; macros: the libc whose own headers walked. */
export type Oracles = Record<string, { origin: string; command: string; macros?: string; restated?: string }>;

/** A control buffer that the macros of an ABI made (tests/vectors/control). */
export interface Control {
  name: string;
  messages: { level: number; type: number; data: string }[];
  fill: number;
  tight: boolean;
  control: string;
  offsets: number[];
}

/** How a hostile buffer was walked (tests/vectors/cases, tests/vectors/walk). */
export interface WalkCase {
  name?: string;
  control: string;
  controllen: number;
  offsets: number[];
  end: string;
  at: number | string;
  reason?: string;
}

export interface WalkVector {
  dialect: string;
  /** The ABIs of this shape have these buffers. */
  shape: string;
  oracles: Oracles;
  cases: WalkCase[];
}

const FOLDER = 'tests/vectors';
/** Such a header has the hostile buffers of one without. */
const PAD = '-pad';

/** They are megabytes, and several suites want the same. */
const read = new Map<string, unknown[]>();

// Tests run in the folder of the package, as scripts/test.mjs starts them.
function readVectors<T>(kind: string): T[] {
  const files = () => readdirSync(`${FOLDER}/${kind}`).sort();
  const vectors =
    read.get(kind) ?? files().map((file) => JSON.parse(readFileSync(`${FOLDER}/${kind}/${file}`, 'utf8')));
  read.set(kind, vectors);
  return vectors as T[];
}

/** What documents alone say of payloads (tests/vectors/unproven.json), by `id of system`: their members, or a struct. */
export function documentedBodies(): Record<string, string | Record<string, Place>> {
  return JSON.parse(readFileSync(`${FOLDER}/unproven.json`, 'utf8')).bodies;
}

export const abiVectors = () => readVectors<AbiVector>('abi');

/**
 * The name of the shape of an ABI's header: byte order and bits of an address, room of cmsg_len, header, data, unit, and whether a pad stands
 * beside cmsg_len; '' if it has none.
 */
export function shapeOf({ endian, types, structs, cmsg }: AbiVector): string {
  const { cmsghdr } = structs;
  if (!cmsghdr || !cmsg) return '';
  const room = cmsghdr.members.cmsg_level?.[0];
  const pad = cmsghdr.members.cmsg_len?.[1] === room ? '' : PAD;
  const bits = 8 * (types['void *']?.[0] ?? 0);
  return `${endian === 'big' ? 'be' : 'le'}${bits}-${room}-${cmsghdr.size}-${cmsg.data}-${cmsg.align}${pad}`;
}

/** The control buffers of an ABI, by whichever ABI with the same header they were made. */
export function controlsOf(vector: AbiVector): Control[] {
  const files = readdirSync(`${FOLDER}/control`).sort();
  const at = files.indexOf(`${shapeOf(vector)}.json`);
  return readVectors<{ controls: Control[] }>('control')[at]?.controls ?? [];
}

/** Offsets beyond 2^53 are texts, as walkControl gives them. */
function readOffset(text: string): number | string {
  const value = BigInt(text);
  const size = value < 0n ? -value : value;
  return size >> 53n ? `${value < 0n ? '-' : ''}0x${size.toString(16)}` : Number(value);
}

const OUTCOME = /^(?<offsets>(?:\d+ )*)(?<end>[a-z]+)(?: (?<at>-?\d+))?(?: (?<reason>.+))?$/;

/** An outcome: the offsets of the headers, how the walk ended, where (unless at its end), and why. */
function readOutcome(text: string): Omit<WalkCase, 'control' | 'controllen'> {
  const { offsets: list = '', end = '', at, reason } = OUTCOME.exec(text)?.groups ?? {};
  const offsets = list.split(' ').filter(Boolean).map(Number);
  const last = offsets.at(-1) ?? 0;
  return { offsets, end, at: at === undefined ? last : readOffset(at), ...(reason !== undefined && { reason }) };
}

export function walkVectors(): WalkVector[] {
  const known = read.get('walk, read');
  if (known) return known as WalkVector[];
  const files = readdirSync(`${FOLDER}/cases`).sort();
  const shapes = readVectors<{ cases: [controllen: number, control: string, name?: string][] }>('cases');
  const vectors = readVectors<{ dialect: string; shape: string; oracles: Oracles; outcomes: (string | null)[] }>(
    'walk',
  );
  const all = vectors.map(({ outcomes, ...rest }) => {
    const cases = shapes[files.indexOf(`${rest.shape.replace(PAD, '')}.json`)]?.cases ?? [];
    if (cases.length !== outcomes.length) throw new Error(`${rest.dialect}@${rest.shape}: of other cases`);
    const read = cases.flatMap(([controllen, control, name], i) => {
      const outcome = outcomes[i];
      // null: it depends on where the buffer lies.
      if (outcome === null || outcome === undefined) return [];
      return [{ ...(name && { name }), control, controllen, ...readOutcome(outcome) }];
    });
    return { ...rest, cases: read };
  });
  read.set('walk, read', all);
  return all;
}

/** What a walk reads that does not take the struct of the ABI. */
const OWN_HEADERS: Record<string, Record<string, Place>> = {
  'linux-compat-send': { cmsg_len: [0, 4, false], cmsg_level: [4, 4, true], cmsg_type: [8, 4, true] },
};

/** The headers that were visited, as a walk on an ABI reads them out of the buffer. */
export function headersIn(
  { structs, endian }: AbiVector,
  dialect: string,
  { control, offsets }: WalkCase,
): [offset: number, len: number | string, level: number, type: number][] {
  const bytes = Buffer.from(control, 'hex');
  const isBig = endian === 'big';
  const members = OWN_HEADERS[dialect] ?? structs.cmsghdr?.members ?? {};
  const number = (at: number, [offset, size, signed]: Place): bigint => {
    const field = [...bytes.subarray(at + offset, at + offset + size)];
    const value = BigInt(
      `0x${(isBig ? field : field.reverse()).map((byte) => byte.toString(16).padStart(2, '0')).join('')}`,
    );
    return signed ? BigInt.asIntN(8 * size, value) : value;
  };
  return offsets.map((offset) => {
    const [len, level, type] = ['cmsg_len', 'cmsg_level', 'cmsg_type'].map((name) =>
      number(offset, members[name] as Place),
    ) as [bigint, bigint, bigint];
    return [offset, readOffset(String(len)), Number(level), Number(type)];
  });
}

interface StructShape {
  size: number;
  align: number;
  fields: Record<string, Field>;
}

/** What a compiler said of the structs that every call needs. */
export interface LayoutVector {
  abi: string;
  word: number;
  endian: string;
  SOL_SOCKET: number;
  layout: Record<'msghdr' | 'cmsghdr' | 'iovec', StructShape> & { cmsg: CmsgSizes };
  structs: AbiVector['filled'];
  controls: Control[];
}

/** Of the ABIs that have control messages. */
export function layoutVectors(): LayoutVector[] {
  return abiVectors().flatMap((vector) => {
    const { abi, endian, structs, cmsg, constants, filled } = vector;
    if (!cmsg) return [];
    const shape = (name: string): StructShape => {
      const { size, align, members } = structs[name] as AbiVector['structs'][string];
      const fields = Object.entries(members).map(([field, [at, bytes]]) => [field, { offset: at, size: bytes }]);
      return { size, align, fields: Object.fromEntries(fields) };
    };
    const layout = { msghdr: shape('msghdr'), cmsghdr: shape('cmsghdr'), iovec: shape('iovec'), cmsg };
    const word = vector.types['void *']?.[0] ?? 0;
    const SOL_SOCKET = constants.SOL_SOCKET ?? 0;
    return [{ abi, word, endian, SOL_SOCKET, layout, structs: filled, controls: controlsOf(vector) }];
  });
}
