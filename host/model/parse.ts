import { byteLengthOf, checkBytes } from '../check/bytes.js';
import { PARSE_MESSAGE } from '../wasm/exports.js';
import type { CodecInstance } from '../wasm/instance.js';
import { exactLength } from './length.js';
import { readPayload } from './payload.js';
import type { PayloadValue } from './payload-values.js';
import { findControlAbi } from './rows.js';

/**
 * A sound message: its numbers and bytes, and what it means by the name that `encode` takes for it, where that is known
 * (`fds`, `credentials`, `ttl`, ...).
 */
export interface ParsedMessage {
  /** Where its header begins. */
  offset: number;
  level: number;
  type: number;
  data: Uint8Array;
  fds?: number[];
  credentials?: { pid: number; uid: number; gid: number };
  [payload: string]: PayloadValue | Uint8Array | undefined;
}

/** What a strict reader makes of a control buffer. */
export interface ParsedControl {
  /** Those that are sound, in order. */
  messages: ParsedMessage[];
  /** Bytes behind the last message, too few for a header, or all from a malformed one on. */
  trailing: number;
  /** Why reading stopped before the end; absent when every message was sound. */
  problem?: string;
}

/**
 * Reads a control buffer strictly, whatever its bytes: a message must hold CMSG_LEN(0) <= cmsg_len <= bytes left. What
 * the macros of a libc would make of the same bytes is what walkControl tells.
 */
export function parseControl(codec: CodecInstance, abiId: string, control: Uint8Array): ParsedControl {
  const abi = findControlAbi(codec, abiId);
  const controllen = byteLengthOf(checkBytes(control, 'control'));
  return codec.arena.lend(controllen + 32, (out) => {
    const start = out + 32;
    codec.bytes.set(control, start);
    const messages: ParsedMessage[] = [];
    for (let at = 0; ; ) {
      const status = codec.exports.readMessage(abi, start, controllen, at, out);
      const trailing = controllen - at;
      if (status !== PARSE_MESSAGE) {
        if (status >= 0) return { messages, trailing };
        const length = exactLength(codec.view.getBigUint64(out, true));
        const least = codec.exports.cmsgLen(abi, 0);
        const problem = `the message at ${at} claims ${length} bytes; ${least} to ${trailing} are possible`;
        return { messages, trailing, problem };
      }
      const level = codec.view.getInt32(out + 8, true);
      const type = codec.view.getInt32(out + 12, true);
      const data = codec.view.getUint32(out + 16, true);
      const size = codec.view.getUint32(out + 20, true);
      const message: ParsedMessage = { offset: at, level, type, data: control.slice(data, data + size) };
      const named = readPayload(codec, abi, level, type, start + data, size);
      if (named) message[named.key] = named.value;
      messages.push(message);
      at = codec.view.getUint32(out + 24, true);
    }
  });
}
