import { bufferOf, byteLengthOf, checkBytes, viewOf } from '../check/bytes.js';
import { show } from '../check/show.js';
import { AncillaryError, invalidArgument } from '../errors/error.js';
import type { CodecInstance } from '../wasm/instance.js';
import { type Field, readStructNamed } from './layout.js';
import { findAbi } from './rows.js';

/** A message of a System V queue, as a program lays it out for msgsnd and msgrcv (struct msgbuf). */
export interface QueueMessageBytes {
  /** Above 0 in whatever a kernel takes; a bigint where a number is not exact. */
  type: number | bigint;
  text: Uint8Array;
}

/** The bytes of a message: its type, a long of the ABI, and the text behind it. */
export function putQueueMessage(
  codec: CodecInstance,
  abiId: string,
  type: number | bigint,
  text: Uint8Array,
): Uint8Array {
  const { mtype, mtext, isLittle } = placesOf(codec, abiId);
  const long = checkType(abiId, type, 8 * mtype.size);
  const bytes = new Uint8Array(mtext.offset + byteLengthOf(checkBytes(text, 'the text')));
  const view = new DataView(bytes.buffer);
  if (mtype.size === 8) view.setBigInt64(mtype.offset, long, isLittle);
  else view.setInt32(mtype.offset, Number(long), isLittle);
  bytes.set(text, mtext.offset);
  return bytes;
}

/** A message out of its bytes; the text shares their memory. */
export function readQueueMessage(codec: CodecInstance, abiId: string, bytes: Uint8Array): QueueMessageBytes {
  const { mtype, mtext, isLittle } = placesOf(codec, abiId);
  const length = byteLengthOf(checkBytes(bytes, 'the message'));
  if (length < mtext.offset) {
    throw invalidArgument(`a message of ${abiId} has at least ${mtext.offset} bytes, and these are ${length}`);
  }
  const long = viewOf(bytes, mtype.offset, mtype.offset + mtype.size);
  const view = new DataView(bufferOf(long), long.byteOffset, mtype.size);
  const type = mtype.size === 8 ? view.getBigInt64(0, isLittle) : view.getInt32(0, isLittle);
  const number = Number(type);
  return { type: Number.isSafeInteger(number) ? number : type, text: viewOf(bytes, mtext.offset, length) };
}

/** Where the members of struct msgbuf lie on an ABI. */
function placesOf(codec: CodecInstance, abiId: string): { mtype: Field; mtext: Field; isLittle: boolean } {
  const { mtype, mtext } = readStructNamed(codec, abiId, 'msgbuf')?.fields ?? {};
  if (mtype && mtext) return { mtype, mtext, isLittle: codec.exports.abiBig(findAbi(codec, abiId)) === 0 };
  throw new AncillaryError('ERR_UNSUPPORTED', `${abiId} has no System V queues that are known`);
}

function checkType(abiId: string, type: unknown, bits: number): bigint {
  const long = Number.isSafeInteger(type) ? BigInt(type as number) : type;
  if (typeof long !== 'bigint') throw invalidArgument(`the type of a message must be an integer, not ${show(type)}`);
  if (BigInt.asIntN(bits, long) === long) return long;
  throw invalidArgument(`the type of a message of ${abiId} has ${bits} bits: ${show(long)} is too large`);
}
