import type { CodecInstance } from '../wasm/instance.js';
import { readText } from '../wasm/instance.js';
import type { Kind, Member } from './members.js';
import { payloadsOf } from './payload-rows.js';
import { findAbi } from './rows.js';

/** A control message that goes by its meaning: what encode takes and parse returns as `{ [key]: value }`. */
export interface PayloadKind {
  /** `fds`, `credentials`; empty where only its name is known, and its bytes are passed on as they are. */
  key: string;
  /** What the headers call its level and type: `SOL_SOCKET`, `SCM_RIGHTS`. */
  level: string;
  type: string;
  /** Their numbers on this ABI. */
  numbers: [level: number, type: number];
  direction: 'both' | 'send' | 'receive';
  /** Bytes; the least, where there may be more. */
  size: number;
  /** Its members as C declares them. */
  members: string[];
  /** What the number of each member means: `fd`, `pid`, `uid`, `gid`, `in_addr`, `in6_addr`, `number`; or `struct`. */
  kinds: Kind[];
}

/** The control messages that are known by name on the ABI `id`. */
export function listPayloads(codec: CodecInstance, id: string): PayloadKind[] {
  return payloadsOf(codec, findAbi(codec, id)).all.map((payload) => ({
    key: payload.members.length > 0 ? payload.key : '',
    level: payload.levelName,
    type: payload.typeName,
    numbers: [payload.level, payload.type],
    direction: payload.direction,
    size: payload.size,
    members: payload.members.map((member) => declare(codec, member)),
    kinds: payload.members.map(({ kind }) => kind),
  }));
}

/** `int ttl`, `struct sockaddr_in offender`, `fd fds[]` */
function declare(codec: CodecInstance, { code, isStruct, name, isArray, count }: Member): string {
  const { structText, typeText } = codec.exports;
  const type = isStruct ? `struct ${readText(codec, structText(code))}` : readText(codec, typeText(code));
  return `${type} ${name}${isArray ? `[${count || ''}]` : ''}`;
}
