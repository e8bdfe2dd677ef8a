import { AncillaryError, invalidArgument } from '../../errors/error.js';
import type { CodecInstance } from '../../wasm/instance.js';
import { encodeControl } from '../encode.js';
import { findControlAbi } from '../rows.js';
import { wrongAt } from './place.js';
import type { ByteSink } from './sink.js';
import { messageOf } from './strace-messages.js';
import { StraceReader, type StraceValue } from './strace-values.js';

/** A call that strace shows with a string in it: `write(1, "...`, `[pid 12] recvfrom(3<socket:[34]>, "...`. */
const CALL = /^\s*(?:\[pid +\d+\] |\d+ +)?(?:[\d:.]+ +)?[a-z]\w*\(\d+(?:<[^"\n]*>)?, "/m;
const CONTROL = 'msg_control=';
/** A call that has messages, whether it shows any. */
const MESSAGE_CALL = /\b(?:send|recv)m?msg\(\d|\bmsg_controllen=/;

/** Whether a text is what strace shows of a call. */
export function looksLikeStrace(text: string): boolean {
  return /\bmsg_control=|\bcmsg_len=/.test(text) || MESSAGE_CALL.test(text) || CALL.test(text);
}

/**
 * Reads what strace shows: the messages of `msg_control=[...]`, encoded for the ABI, or else the one string of a call, as
 * `write(1, "\x14\0", 24)` has it. What strace has left out, or does not show, is refused.
 */
export function readStrace(codec: CodecInstance, abiId: string, text: string, sink: ByteSink): string {
  const at = text.indexOf(CONTROL);
  if (at < 0 && !text.includes('cmsg_len=')) {
    const found = text.search(MESSAGE_CALL);
    // Its string is the data, which is not looked for here.
    if (found >= 0) throw wrongAt(text, found, 'there is no control buffer in this call');
    return readString(text, sink);
  }
  const other = text.indexOf(CONTROL, at + 1);
  if (at >= 0 && other >= 0) throw wrongAt(text, other, 'a second msg_control=: give one call at a time');
  const control = readStraceControl(codec, abiId, text, at < 0 ? 0 : at + CONTROL.length);
  for (const byte of control) sink.add(byte);
  return `messages of strace, encoded for ${abiId}`;
}

/** The control buffer whose messages strace shows at `at`, encoded for the ABI; of the size that is shown behind them. */
export function readStraceControl(codec: CodecInstance, abiId: string, text: string, at: number): Uint8Array {
  const reader = new StraceReader(text, at);
  const control = encodeShown(codec, abiId, text, reader.value());
  return fitted(codec, abiId, control, shownSize(text, reader.at));
}

function encodeShown(codec: CodecInstance, abiId: string, text: string, shown: StraceValue): Uint8Array {
  const abi = findControlAbi(codec, abiId);
  // A single message, as it is copied out of the list.
  const items = shown.kind === 'list' ? shown.items : shown.kind === 'record' ? [shown] : undefined;
  if (items) {
    return encodeControl(
      codec,
      abiId,
      items.map((item) => messageOf(codec, abi, text, item)),
    ).control;
  }
  const what = shown.kind === 'name' && shown.name === 'NULL' ? 'there is no control buffer in this call' : undefined;
  throw wrongAt(text, shown.at, what ?? 'strace shows an address only: it could not read the messages there');
}

/** msg_controllen, if it is shown behind the messages. */
function shownSize(text: string, from: number): number | undefined {
  const found = /^, msg_controllen=(\d{1,10})\b/.exec(text.slice(from, from + 64));
  return found ? Number(found[1]) : undefined;
}

/** The messages without the padding that msg_controllen leaves out; what it has more of strace does not show. */
function fitted(codec: CodecInstance, abiId: string, control: Uint8Array, size = control.length): Uint8Array {
  const { abiUnit } = codec.exports;
  if (size <= control.length && size > control.length - abiUnit(findControlAbi(codec, abiId))) {
    return control.subarray(0, size);
  }
  throw new AncillaryError(
    'ERR_INVALID_ARGUMENT',
    `msg_controllen=${size}, and the messages that strace shows have ${control.length} bytes on ${abiId}: ` +
      'another ABI, or bytes that strace does not show',
  );
}

function readString(text: string, sink: ByteSink): string {
  const at = text.indexOf('"');
  if (at < 0) throw invalidArgument('strace shows neither msg_control=[...] nor a string');
  const reader = new StraceReader(text, at);
  const value = reader.value();
  if (value.kind === 'bytes') for (const byte of value.bytes) sink.add(byte);
  if (text.startsWith('...', reader.at)) {
    throw wrongAt(text, reader.at, "'...' says that strace cut the string: run it with -s 65536");
  }
  const other = text.indexOf('"', reader.at);
  if (other >= 0) throw wrongAt(text, other, 'a second string: give one at a time');
  return 'a string of strace';
}
