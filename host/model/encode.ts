import { byteLengthOf, checkHeld, isBytes, viewOf } from '../check/bytes.js';
import { checkOptions, optionNames, refuseOthers } from '../check/options.js';
import { show } from '../check/show.js';
import { checkBoolean, checkInteger } from '../check/values.js';
import { AncillaryError, invalidArgument } from '../errors/error.js';
import type { CodecInstance } from '../wasm/instance.js';
import { encodePassing } from './encode-passing.js';
import type { EncodedControl } from './encoded.js';
import { countElements, describePayloads, findPayload, writePayload } from './payload.js';
import type { Payload } from './payload-rows.js';
import type { PayloadValue, Where } from './payload-values.js';
import { findControlAbi } from './rows.js';

/** A control message by its bytes. */
export interface RawMessage {
  /** cmsg_level */
  level: number;
  /** cmsg_type */
  type: number;
  /** The payload, as it stands in memory on that ABI. */
  data: Uint8Array;
}

/**
 * A control message by its meaning; its level, type and bytes follow from the ABI: `{ fds: [3, 4] }`,
 * `{ credentials: { pid, uid, gid } }`, and so on for every payload of assembly/rows/payloads.json. Each goes by the name
 * of its member if it has one, else by its own.
 */
export type NamedMessage =
  | { fds: number[] }
  | { credentials: { pid: number; uid: number; gid: number } }
  | { [payload: string]: PayloadValue };

/** A message to encode: by its meaning, `{ fds: [3] }`, or by its numbers and bytes, `{ level, type, data }`. */
export type ControlMessage = RawMessage | NamedMessage;

/** How a control buffer is encoded where no message says. */
export interface EncodeOptions {
  /** What every byte holds that no field and no payload covers; default 0. */
  fill?: number | undefined;
  /** Leaves off the padding behind the last payload; default false. */
  tight?: boolean | undefined;
}

/** `offset` is what parse says of a message: what it returns can be encoded again. */
const RAW_NAMES = optionNames<RawMessage & { offset: number }>({ level: true, type: true, data: true, offset: true });
const ENCODE_OPTIONS = optionNames<EncodeOptions>({ fill: true, tight: true });

/** A message as it will be written. */
interface Part {
  level: number;
  type: number;
  /** Undefined where the message has its bytes. */
  payload: Payload | undefined;
  value: unknown;
  /** Elements of the payload's open member. */
  count: number;
  size: number;
}

/** Lays out the messages one behind the other, as a C program does that clears its buffer with memset(fill) first. */
export function encodeControl(
  codec: CodecInstance,
  abiId: string,
  messages: readonly ControlMessage[],
  options?: EncodeOptions,
): EncodedControl {
  const abi = findControlAbi(codec, abiId);
  const { fill = 0, tight } = checkOptions(options, ENCODE_OPTIONS, 'encode');
  if (!Array.isArray(messages)) throw invalidArgument(`messages must be a list, not ${show(messages)}`);
  checkInteger(fill, 'fill', 0, 255);
  const isTight = checkBoolean(tight, 'tight');
  const passed = fill === 0 && !isTight ? encodePassing(codec, abi, messages) : undefined;
  if (passed) return passed;
  const { parts, room } = measureAll(codec, abi, messages);
  return codec.arena.lend(room, (control) => {
    const offsets = new Array<number>(parts.length);
    let used = 0;
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i] as Part;
      offsets[i] = used;
      const start = control + used;
      const isLast = i === parts.length - 1;
      used = codec.exports.beginMessage(
        abi,
        control,
        room,
        used,
        part.level,
        part.type,
        part.size,
        fill,
        isTight && isLast ? 1 : 0,
      );
      writePart(codec, abi, part, start + codec.exports.abiData(abi), () => `messages[${i}]`);
    }
    return { control: codec.bytes.slice(control, control + used), offsets };
  });
}

/**
 * Every message's size, before a byte is written. What cannot fit is refused as soon as that is certain: a list may be
 * of any length, and mostly of holes.
 */
function measureAll(codec: CodecInstance, abi: number, messages: readonly ControlMessage[]) {
  const { cmsgLen, cmsgSpace } = codec.exports;
  const { free } = codec.arena;
  const least = messages.length * cmsgLen(abi, 0);
  if (least > free) throw tooLarge(least, free);
  const parts: Part[] = [];
  let room = 0;
  for (let i = 0; i < messages.length; i++) {
    const part = measure(codec, abi, messages[i], () => `messages[${i}]`);
    room += cmsgSpace(abi, part.size);
    if (room > free) throw tooLarge(room, free);
    parts.push(part);
  }
  return { parts, room };
}

function tooLarge(size: number, free: number) {
  return new AncillaryError('ERR_TOO_LARGE', `${size} bytes of control; ${free} are free: encode less at once`);
}

function measure(codec: CodecInstance, abi: number, message: ControlMessage | undefined, where: Where): Part {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    throw invalidArgument(`${where()} must be an object`);
  }
  const payload = findPayload(codec, abi, message, where);
  if (payload) {
    const { key, level, type, open, size } = payload;
    const value = (message as Record<string, unknown>)[key];
    const count = countElements(payload, value, where);
    return { level, type, payload, value, count, size: open ? size + count * open.size : size };
  }
  refuseOthers(message, RAW_NAMES, where);
  const { level, type, data } = message as RawMessage;
  if (!isBytes(data)) {
    throw invalidArgument(`${where()} must be one of ${describePayloads(codec, abi)}; data as bytes`);
  }
  checkHeld(data, `${where()}.data`);
  if (!isInt32(level)) throw invalidArgument(`${where()}.level must be a 32-bit integer`);
  if (!isInt32(type)) throw invalidArgument(`${where()}.type must be a 32-bit integer`);
  return { level, type, payload: undefined, value: data, count: 0, size: byteLengthOf(data) };
}

function writePart(codec: CodecInstance, abi: number, part: Part, at: number, where: Where): void {
  const { payload, value, count, size } = part;
  if (payload) {
    writePayload(codec, abi, payload, value, count, at, where);
    return;
  }
  // The bytes as they were measured: their memory may be larger by now, or gone.
  const data = value as Uint8Array;
  if (byteLengthOf(data) < size) throw invalidArgument(`${where()}.data has lost bytes while it was read`);
  codec.bytes.set(viewOf(data, 0, size), at);
}

/** An int, or the unsigned number of the same bits. */
function isInt32(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= -(2 ** 31) && (value as number) < 2 ** 32;
}
