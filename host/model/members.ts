import type { CodecInstance } from '../wasm/instance.js';
import { readText } from '../wasm/instance.js';

/** A member of a struct as an ABI lays it out, in bytes. */
export interface Member {
  name: string;
  offset: number;
  /** Of one element. */
  size: number;
  /** Elements of an array, 1 of everything else; 0 = as many as there are. */
  count: number;
  /** An array, of however many. */
  isArray: boolean;
  /** Number of its type, or of its struct. */
  code: number;
  kind: Kind;
  isStruct: boolean;
  isPad: boolean;
}

/** As in scripts/rows/structs.mjs, and what is no number. */
const KINDS = ['number', 'in_addr', 'in6_addr', 'fd', 'pid', 'uid', 'gid'] as const;

/**
 * What a member's number means: an address; a descriptor, a process, a user or a group, which another process, namespace
 * or machine numbers differently; or nothing more. A struct's are those of its members.
 */
export type Kind = (typeof KINDS)[number] | 'struct';

/** The members of a struct, with its size and alignment. */
export interface Members {
  size: number;
  align: number;
  members: Member[];
}

/** Room for size and alignment and 64 members (assembly/abi/struct.ts). */
const MEMBER = 24;
const ROOM = 8 + 64 * MEMBER;
const IS_STRUCT = 1;
const IS_PAD = 2;
const IS_ARRAY = 4;

/** What `describe` writes of a struct, or undefined where the ABI has none; 0 members are none that are known. */
export function readMembers(codec: CodecInstance, describe: (out: number) => number): Members | undefined {
  return codec.arena.lend(ROOM, (out) => {
    const count = describe(out);
    if (count < 0) return undefined;
    const word = (at: number) => codec.view.getUint32(at, true);
    const members = Array.from({ length: count }, (_, i): Member => {
      const at = out + 8 + i * MEMBER;
      const flags = word(at + 20);
      const code = word(at + 16);
      const isStruct = (flags & IS_STRUCT) !== 0;
      return {
        name: readText(codec, word(at)),
        offset: word(at + 4),
        size: word(at + 8),
        count: word(at + 12),
        isArray: (flags & IS_ARRAY) !== 0,
        code,
        kind: isStruct ? 'struct' : (KINDS[codec.exports.typeKind(code)] ?? 'number'),
        isStruct,
        isPad: (flags & IS_PAD) !== 0,
      };
    });
    return { size: count === 0 ? 0 : word(out), align: count === 0 ? 1 : word(out + 4), members };
  });
}
