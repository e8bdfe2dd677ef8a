import { type Arbitrary, array, constant, constantFrom, integer, oneof, record, uint8Array } from 'fast-check';
import { checkInteger, checkOptions, optionNames } from './base.js';
import { orNone } from './maybe.js';
import { type Shape, shapeOf, storeNumber } from './shape.js';

/** A control message by its numbers and bytes, as `encode` of ancillary/codec takes it. */
export interface GeneratedMessage {
  /** cmsg_level */
  level: number;
  /** cmsg_type */
  type: number;
  /** The payload. */
  data: Uint8Array;
}

/** What control messages are generated for. */
export interface MessageOptions {
  /** Id of the ABI, as `abis()` of ancillary/codec lists them. */
  abi: string;
  /** The most messages; default 5. */
  maxMessages?: number | undefined;
}

const MESSAGE_OPTIONS = optionNames<MessageOptions>({ abi: true, maxMessages: true });
export const DEFAULT_MESSAGES = 5;
/** More would take more than anybody's buffer. */
export const MOST_MESSAGES = 4096;

/** SCM_CREDENTIALS of Linux; other systems have other messages by that number. */
const CREDENTIALS = 2;
/** The most descriptors of one message: SCM_MAX_FD of Linux. */
const RIGHTS_MOST = 253;
/** Levels of protocols: IP, TCP, UDP, IPv6, Linux's netlink and vsock; and numbers that none has. */
const FOREIGN = [0, 6, 17, 41, 270, 287, -1, 2 ** 31 - 1, -(2 ** 31)];
/** So many counts about it come, each once where a small one comes so often. */
const LARGE = 8;
const SMALL = 8;
const MOST_WORDS = 8;
const ANY_SIZE = { size: 'max' } as const;

/**
 * Lists of control messages of an ABI: descriptors (also about 253 of them), credentials, messages of other levels and
 * types, empty ones. Shrinks by leaving messages out, then by shorter payloads and smaller numbers.
 *
 * Throws `ERR_INVALID_ARGUMENT` for an unknown ABI, `ERR_UNSUPPORTED` for one that has no control messages.
 */
export function controlMessages(options: MessageOptions): Arbitrary<GeneratedMessage[]> {
  const { abi, maxMessages = DEFAULT_MESSAGES } = checkOptions(options, MESSAGE_OPTIONS, 'controlMessages');
  const maxLength = checkInteger(maxMessages, 'maxMessages', 0, MOST_MESSAGES);
  return array(anyMessage(shapeOf(abi)), { maxLength, ...ANY_SIZE });
}

/** One message: of descriptors, or any. */
export function anyMessage(shape: Shape): Arbitrary<GeneratedMessage> {
  return record({ other: orNone(otherKind(shape)), data: anyPayload(shape) }).map(({ other, data }) => {
    const { level, type } = other ?? { level: shape.level, type: shape.rights };
    return { level, type, data };
  });
}

function otherKind(shape: Shape): Arbitrary<{ level: number; type: number }> {
  const small = integer({ min: -1, max: 63 });
  const level = oneof(
    { weight: 4, arbitrary: constant(shape.level) },
    { weight: 2, arbitrary: small },
    { weight: 2, arbitrary: constantFrom(...FOREIGN) },
    { weight: 1, arbitrary: integer() },
  );
  const type = oneof(
    { weight: 2, arbitrary: constant(shape.rights) },
    { weight: 2, arbitrary: constant(CREDENTIALS) },
    { weight: 4, arbitrary: small },
    { weight: 1, arbitrary: integer() },
  );
  return record({ level, type });
}

/** Words of 32 bits, also about as many as there are descriptors at most, and up to 3 bytes more. */
function anyPayload({ isLittle }: Shape): Arbitrary<Uint8Array> {
  return record({
    // Its size is one number, so that it can become any smaller size.
    count: integer({ min: 0, max: SMALL * (MOST_WORDS + 1) + LARGE - 1 }).map(countWords),
    odd: orNone(uint8Array({ minLength: 1, maxLength: 3, ...ANY_SIZE })),
    words: array(integer(), { maxLength: MOST_WORDS, ...ANY_SIZE }),
  }).map(({ count, odd, words }) => {
    const data = new Uint8Array(4 * count + (odd?.length ?? 0));
    for (const [i, word] of words.slice(0, count).entries()) storeNumber(data, 4 * i, 4, BigInt(word), isLittle);
    if (odd) data.set(odd, 4 * count);
    return data;
  });
}

/** How many words, by chance: greater with it, mostly up to MOST_WORDS. */
function countWords(chance: number): number {
  const large = chance - SMALL * (MOST_WORDS + 1);
  return large < 0 ? Math.floor(chance / SMALL) : RIGHTS_MOST - LARGE / 2 + large + 1;
}
