/**
 * `ancillary/codec`: encode, parse and walk control messages of any ABI. No Node API: runs in a browser too.
 *
 * @module ancillary/codec
 */
import { type ControlMessage, type EncodeOptions, encodeControl } from './model/encode.js';
import type { EncodedControl } from './model/encoded.js';
import { type Layout, readLayout } from './model/layout.js';
import { readNumbers } from './model/numbers.js';
import { type ParsedControl, parseControl } from './model/parse.js';
import { listPayloads, type PayloadKind } from './model/payload-list.js';
import type { PayloadValue } from './model/payload-values.js';
import { putQueueMessage, type QueueMessageBytes, readQueueMessage } from './model/queue-message.js';
import { type Abi, type Dialect, listAbis, listDialects } from './model/rows.js';
import { readStructValues, writeStructValues } from './model/struct-values.js';
import { type Walk, type WalkOptions, walkControl } from './model/walk.js';
import { codecInstance } from './wasm/instance.js';

export { AncillaryError, type ErrorDetails } from './errors/error.js';
export type { ControlMessage, EncodeOptions, NamedMessage, RawMessage } from './model/encode.js';
export type { EncodedControl } from './model/encoded.js';
export type { CmsgSizes, Field, Layout, Struct } from './model/layout.js';
export type { Length } from './model/length.js';
export type { Kind } from './model/members.js';
export type { ParsedControl, ParsedMessage } from './model/parse.js';
export type { PayloadKind } from './model/payload-list.js';
export type { QueueMessageBytes } from './model/queue-message.js';
export type { Abi, Dialect } from './model/rows.js';
export type { Walk, WalkEnd, WalkedHeader, WalkOptions, WalkReason } from './model/walk.js';
export type { PayloadValue };

/** Every ABI row. */
export function abis(): Abi[] {
  return listAbis(codecInstance());
}

/** Every walk. */
export function dialects(): Dialect[] {
  return listDialects(codecInstance());
}

/** The control messages of an ABI that go by their meaning, `{ fds: [3] }`, and those of which the name is known. */
export function payloads(abi: string): PayloadKind[] {
  return listPayloads(codecInstance(), abi);
}

/** The constants that the headers of an ABI have, by their names: SOL_SOCKET, SCM_*, SO_*, IP_*, MSG_*, errnos. */
export function numbers(abi: string): Record<string, number> {
  return readNumbers(codecInstance(), abi);
}

/** Offsets and sizes of every struct on an ABI, and what CMSG_LEN and CMSG_SPACE give there. */
export function layout(abi: string): Layout {
  return readLayout(codecInstance(), abi);
}

/**
 * The fields of a struct of an ABI (`msghdr`, `mmsghdr`, `iovec`, `sockaddr_un`, ..., as `layout` lists them) out of its
 * bytes. Pointers are numbers, beyond 2^53 bigints.
 */
export function readStruct(abi: string, name: string, bytes: Uint8Array): Record<string, PayloadValue> {
  return readStructValues(codecInstance(), abi, name, bytes);
}

/**
 * The bytes of a struct of an ABI, by the values that `readStruct` gives: all of its fields, and no others. What lies
 * between them is 0.
 */
export function writeStruct(abi: string, name: string, values: Record<string, PayloadValue>): Uint8Array {
  return writeStructValues(codecInstance(), abi, name, values);
}

/** A message of a System V queue as the msgsnd of an ABI takes it (struct msgbuf): its type, and the text behind it. */
export function encodeQueueMessage(abi: string, type: number | bigint, text: Uint8Array): Uint8Array {
  return putQueueMessage(codecInstance(), abi, type, text);
}

/** Reads what the msgrcv of an ABI gives; the text shares the memory of `bytes`. */
export function parseQueueMessage(abi: string, bytes: Uint8Array): QueueMessageBytes {
  return readQueueMessage(codecInstance(), abi, bytes);
}

/** Encodes control messages for an ABI, byte for byte as its C macros would. */
export function encode(abi: string, messages: readonly ControlMessage[], options?: EncodeOptions): EncodedControl {
  return encodeControl(codecInstance(), abi, messages, options);
}

/** Reads a control buffer of an ABI strictly; never throws for what its bytes say. */
export function parse(abi: string, control: Uint8Array): ParsedControl {
  return parseControl(codecInstance(), abi, control);
}

/** The headers that the CMSG macros of an ABI's libc, or of another `dialect`, hand out for a buffer. */
export function walk(abi: string, control: Uint8Array, options?: WalkOptions): Walk {
  return walkControl(codecInstance(), abi, control, options);
}
