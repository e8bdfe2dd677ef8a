import { byteLengthOf, isBytes, viewOf } from '../check/bytes.js';
import { checkOptions, optionNames, refuseOthers } from '../check/options.js';
import { show } from '../check/show.js';
import { checkBoolean, checkInteger } from '../check/values.js';
import { AncillaryError, invalidArgument } from '../errors/error.js';
import type { CodecInstance } from '../wasm/instance.js';
import { describePayloads, findPayload, measurePayload, writePayload } from './payload.js';
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

export type ControlMessage = RawMessage | NamedMessage;

export interface EncodeOptions {
  /** What every byte holds that no field and no payload covers; default 0. */
  fill?: number | undefined;
  /** Leaves off the padding behind the last payload; default false. */
  tight?: boolean | undefined;
}

/** `offset` is what parse says of a message: what it returns can be encoded again. */
const RAW_NAMES = optionNames<RawMessage & { offset: number }>({ level: true, type: true, data: true, offset: true });
const ENCODE_OPTIONS = optionNames<EncodeOptions>({ fill: true, tight: true });

export interface EncodedControl {
  control: Uint8Array;
  /** Where each message's header begins. */
  offsets: number[];
}

interface Part {
  level: number;
  type: number;
  size: number;
  write(data: number): void;
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
  const { parts, room } = measureAll(codec, abi, messages);
  const { beginMessage, cmsgLen } = codec.exports;
  return codec.arena.lend(room, (control) => {
    const offsets: number[] = [];
    let used = 0;
    parts.forEach((part, i) => {
      offsets.push(used);
      const isLast = i === parts.length - 1;
      const data = control + used + cmsgLen(abi, 0);
      used = beginMessage(abi, control, room, used, part.level, part.type, part.size, fill, isTight && isLast ? 1 : 0);
      part.write(data);
    });
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
  const refuse = (size: number) => {
    throw new AncillaryError('ERR_TOO_LARGE', `${size} bytes of control; ${free} are free: encode less at once`);
  };
  const least = messages.length * cmsgLen(abi, 0);
  if (least > free) refuse(least);
  const parts: Part[] = [];
  let room = 0;
  for (let i = 0; i < messages.length; i++) {
    const part = measure(codec, abi, messages[i], i);
    room += cmsgSpace(abi, part.size);
    if (room > free) refuse(room);
    parts.push(part);
  }
  return { parts, room };
}

function measure(codec: CodecInstance, abi: number, message: ControlMessage | undefined, i: number): Part {
  const where = () => `messages[${i}]`;
  if (typeof message !== 'object' || message === null) throw invalidArgument(`${where()} must be an object`);
  const payload = findPayload(codec, abi, message, where);
  if (payload) {
    if ('data' in message || 'level' in message || 'type' in message) {
      throw invalidArgument(
        `${where()} has ${payload.key}, which says level, type and data already: give one or the other`,
      );
    }
    const { key, level, type } = payload;
    refuseOthers(message, new Set([key]), where);
    const value = (message as Record<string, unknown>)[key];
    const measured = measurePayload(payload, value, where);
    const write = (data: number) => writePayload(codec, abi, payload, value, measured, data, where);
    return { level, type, size: measured.size, write };
  }
  refuseOthers(message, RAW_NAMES, where);
  const { level, type, data } = message as RawMessage;
  if (!isBytes(data)) {
    throw invalidArgument(`${where()} must be one of ${describePayloads(codec, abi)}; data as bytes`);
  }
  if (!isInt32(level)) throw invalidArgument(`${where()}.level must be a 32-bit integer`);
  if (!isInt32(type)) throw invalidArgument(`${where()}.type must be a 32-bit integer`);
  const size = byteLengthOf(data);
  return { level, type, size, write: (at) => writeBytes(codec, data, size, at, where) };
}

/** The bytes as they were measured: their memory may be larger by now, or gone. */
function writeBytes(codec: CodecInstance, data: Uint8Array, size: number, at: number, where: Where): void {
  if (byteLengthOf(data) < size) throw invalidArgument(`${where()}.data has lost bytes while it was read`);
  codec.bytes.set(viewOf(data, 0, size), at);
}

/** An int, or the unsigned number of the same bits. */
function isInt32(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= -(2 ** 31) && (value as number) < 2 ** 32;
}
