import { invalidArgument } from '../../errors/error.js';
import type { CodecInstance } from '../../wasm/instance.js';
import { wrongAt } from './place.js';
import type { ByteSink } from './sink.js';
import { StraceReader } from './strace-values.js';

/** A call that strace shows with a string in it: `write(1, "...`, `[pid 12] recvfrom(3<socket:[34]>, "...`. */
const CALL = /^\s*(?:\[pid +\d+\] |\d+ +)?(?:[\d:.]+ +)?[a-z]\w*\(\d+(?:<[^"\n]*>)?, "/m;

/** Whether a text is what strace shows of a call. */
export function looksLikeStrace(text: string): boolean {
  return /\bmsg_control=|\bcmsg_len=/.test(text) || CALL.test(text);
}

/**
 * Reads what strace shows: the messages of `msg_control=[...]`, encoded for the ABI, or else the one string of a call, as
 * `write(1, "\x14\0"..., 24)` has it. What strace has left out, or does not show, is refused.
 */
export function readStrace(_codec: CodecInstance, _abiId: string, text: string, sink: ByteSink): string {
  return readString(text, sink);
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
