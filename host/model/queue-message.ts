import { byteLengthOf, checkBytes } from '../check/bytes.js';
import { show } from '../check/show.js';
import { AncillaryError, invalidArgument } from '../errors/error.js';
import type { CodecInstance } from '../wasm/instance.js';
import { readStructNamed } from './layout.js';
import { listAbis } from './rows.js';

/** A message of a System V queue, as a program lays it out for msgsnd and msgrcv (struct msgbuf). */
export interface QueueMessageBytes {
  /** Above 0 in whatever a kernel takes. */
  type: bigint;
  text: Uint8Array;
}

/** The bytes of a message: its type as a long of the kernel's, and the text behind it. */
export function encodeQueueMessage(codec: CodecInstance, abiId: string, type: bigint, text: Uint8Array): Uint8Array {
  const { size, isLittle } = longOf(codec, abiId);
  if (BigInt.asIntN(8 * size, type) !== type) {
    throw invalidArgument(`the type of a message of ${abiId} has ${8 * size} bits: ${show(type)} is too large`);
  }
  const bytes = new Uint8Array(size + byteLengthOf(checkBytes(text, 'the text')));
  const view = new DataView(bytes.buffer);
  if (size === 8) view.setBigInt64(0, type, isLittle);
  else view.setInt32(0, Number(type), isLittle);
  bytes.set(text, size);
  return bytes;
}

/** A message out of its bytes; the text shares their memory. */
export function parseQueueMessage(codec: CodecInstance, abiId: string, bytes: Uint8Array): QueueMessageBytes {
  const { size, isLittle } = longOf(codec, abiId);
  const length = byteLengthOf(checkBytes(bytes, 'the message'));
  if (length < size) throw invalidArgument(`a message of ${abiId} has at least ${size} bytes, and these are ${length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const type = size === 8 ? view.getBigInt64(0, isLittle) : BigInt(view.getInt32(0, isLittle));
  return { type, text: bytes.subarray(size) };
}

/** The long that the kernel of an ABI has, which counts the messages of a queue as well. */
function longOf(codec: CodecInstance, abiId: string): { size: 4 | 8; isLittle: boolean } {
  const abi = listAbis(codec).find(({ id }) => id === abiId);
  const count = readStructNamed(codec, abiId, 'msqid_ds')?.fields.msg_qnum?.size;
  // dietlibc has the struct of an old kernel, which counts in a short.
  const size = count === 4 || count === 8 ? count : abi?.word;
  if (abi?.os === 'linux' && count !== undefined && size) return { size, isLittle: abi.endian === 'little' };
  throw new AncillaryError('ERR_UNSUPPORTED', `how ${abiId} lays out a message of a queue is not known`);
}
