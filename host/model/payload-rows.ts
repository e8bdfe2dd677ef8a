/** The payloads as an ABI has them: numbers, official names, and where each member lies. */
import { type CodecInstance, readText } from '../wasm/instance.js';
import { type Member, type Members, readMembers } from './members.js';
import { perCodec } from './per-codec.js';

export interface Payload {
  id: string;
  /** How messages name it: by its member if it has one (`fds`), else by its id (`credentials`). */
  key: string;
  level: number;
  type: number;
  /** What the headers call level and type: `SOL_SOCKET`, `SCM_RIGHTS`. */
  levelName: string;
  typeName: string;
  /** Whether it is sent, received or both. */
  direction: 'both' | 'send' | 'receive';
  /** Members by name, padding left out; none where the contents are not known. */
  members: Member[];
  names: ReadonlySet<string>;
  /** Some of its bytes belong to no member. */
  hasPads: boolean;
  /** Bytes of the whole; without the elements of the last member if that is as many as there are. */
  size: number;
  /** Longer ones are that payload too. */
  isLeast: boolean;
  /** The last member if it stands as often as there are. */
  open: Member | undefined;
}

const DIRECTIONS = ['both', 'send', 'receive'] as const;
const LEAST = 4;

interface Payloads {
  /** In the order of the rows. */
  all: Payload[];
  byKey: Map<string, Payload>;
  /** By level and type; several differ in their size. */
  byNumbers: Map<number, Map<number, Payload[]>>;
}

const perAbi = perCodec(() => new Map<number, Payloads>());

/** The payloads of an ABI, described once. */
export function payloadsOf(codec: CodecInstance, abi: number): Payloads {
  const known = perAbi(codec);
  let found = known.get(abi);
  if (!found) {
    found = readPayloads(codec, abi);
    known.set(abi, found);
  }
  return found;
}

function readPayloads(codec: CodecInstance, abi: number): Payloads {
  const { payloadCount } = codec.exports;
  const found: Payloads = { all: [], byKey: new Map(), byNumbers: new Map() };
  for (let row = 0; row < payloadCount(); row++) {
    const payload = readPayload(codec, abi, row);
    if (!payload) continue;
    found.all.push(payload);
    if (payload.members.length > 0 && !found.byKey.has(payload.key)) found.byKey.set(payload.key, payload);
    const types = found.byNumbers.get(payload.level) ?? new Map<number, Payload[]>();
    found.byNumbers.set(payload.level, types);
    types.set(payload.type, [...(types.get(payload.type) ?? []), payload]);
  }
  return found;
}

/** One row, or undefined where the ABI has no such message. */
function readPayload(codec: CodecInstance, abi: number, row: number): Payload | undefined {
  const { hasPayload, numberOf, numberText, payloadFlags, payloadLevel, payloadText, payloadType } = codec.exports;
  if (hasPayload(abi, row) === 0) return undefined;
  const level = numberOf(abi, payloadLevel(row));
  const type = numberOf(abi, payloadType(row));
  const body = readMembers(codec, (out) => codec.exports.describePayload(abi, row, out));
  if (Number.isNaN(level) || Number.isNaN(type) || !body) return undefined;
  const id = readText(codec, payloadText(row));
  const flags = payloadFlags(row);
  return {
    id,
    level,
    type,
    levelName: readText(codec, numberText(payloadLevel(row))),
    typeName: readText(codec, numberText(payloadType(row))),
    direction: DIRECTIONS[flags & 3] ?? 'both',
    isLeast: (flags & LEAST) !== 0,
    ...shapeOf(id, body),
  };
}

function shapeOf(id: string, { size, members }: Members) {
  const named = members.filter(({ isPad }) => !isPad);
  const [only, second] = named;
  const key = only && !second ? only.name : id;
  const last = members.at(-1);
  const open = last?.isArray && last.count === 0 ? last : undefined;
  const least = open ? open.offset : size;
  // As far as members go that are no structs with padding of their own: those clear themselves.
  const covered = named.reduce((sum, member) => sum + member.size * member.count, 0);
  const names = new Set(named.map(({ name }) => name));
  return { key, members: named, names, hasPads: covered !== least, size: least, open };
}

/** The payload that goes by this level and type, and has this size. */
export function findByNumbers(
  codec: CodecInstance,
  abi: number,
  level: number,
  type: number,
  size: number,
): Payload | undefined {
  const candidates = payloadsOf(codec, abi).byNumbers.get(level)?.get(type);
  return candidates?.find((payload) => fits(payload, size));
}

function fits({ members, size: least, isLeast, open }: Payload, size: number): boolean {
  if (members.length === 0) return false;
  return size === least || (size > least && (isLeast || open !== undefined));
}

/**
 * What the headers call a level and a type: both, the level alone where the type is not known, or nothing. Of the names
 * that a number has the one is taken that goes by it in a control message.
 */
export function nameMessage(
  codec: CodecInstance,
  abi: number,
  level: number,
  type: number,
): { level: string; type: string | undefined } | undefined {
  const types = payloadsOf(codec, abi).byNumbers.get(level);
  const [any] = types?.values() ?? [];
  const levelName = any?.[0]?.levelName;
  if (!types || levelName === undefined) return undefined;
  const [payload] = types.get(type) ?? [];
  return { level: payload?.levelName ?? levelName, type: payload?.typeName };
}
