import { byteLengthOf, checkBytes, viewOf } from '../check/bytes.js';
import { checkOptions, optionNames } from '../check/options.js';
import { checkInteger } from '../check/values.js';
import { WALK_BACK, WALK_END, WALK_HEADER, WALK_LOOP } from '../wasm/exports.js';
import type { CodecInstance } from '../wasm/instance.js';
import { exactLength, type Length } from './length.js';
import { findControlAbi, findDialect } from './rows.js';

export interface WalkedHeader {
  offset: number;
  /** cmsg_len as it stands there. */
  len: Length;
  level: number;
  type: number;
}

export interface Walk {
  /** The headers that a caller of CMSG_FIRSTHDR and CMSG_NXTHDR is handed, in order. */
  headers: WalkedHeader[];
  /** How it stopped: NULL, the same header again, an earlier one, or one not wholly inside the buffer. */
  end: 'end' | 'loop' | 'back' | 'escape';
  /** Offset of the header that stopped it, signed; of the last header visited (or 0) when the end was NULL. */
  at: Length;
}

export interface WalkOptions {
  /** Id of the walk; default: that of the ABI's libc. */
  dialect?: string | undefined;
  /** msg_controllen; default: all bytes of the buffer, which is the most it may be. */
  controllen?: number | undefined;
}

const WALK_OPTIONS = optionNames<WalkOptions>({ dialect: true, controllen: true });

/** Walks a control buffer as the macros of a libc do, whatever its bytes; ends always. */
export function walkControl(codec: CodecInstance, abiId: string, control: Uint8Array, options?: WalkOptions): Walk {
  const abi = findControlAbi(codec, abiId);
  const length = byteLengthOf(checkBytes(control, 'control'));
  const { dialect: dialectId, controllen = length } = checkOptions(options, WALK_OPTIONS, 'walk');
  const dialect = findDialect(codec, dialectId, abi);
  checkInteger(controllen, 'controllen', 0, length, `the ${length} bytes of control`);
  return codec.arena.lend(controllen + 32, (out) => {
    const start = out + 32;
    codec.bytes.set(viewOf(control, 0, controllen), start);
    const headers: WalkedHeader[] = [];
    for (let at = -1; ; ) {
      const outcome = codec.exports.walkStep(abi, dialect, start, controllen, at, out);
      if (outcome !== WALK_HEADER) {
        if (outcome === WALK_END) return { headers, end: 'end', at: Math.max(at, 0) };
        const end = outcome === WALK_LOOP ? 'loop' : outcome === WALK_BACK ? 'back' : 'escape';
        return { headers, end, at: exactLength(codec.view.getBigInt64(out, true)) };
      }
      at = Number(codec.view.getBigInt64(out, true));
      headers.push({
        offset: at,
        len: exactLength(codec.view.getBigUint64(out + 8, true)),
        level: codec.view.getInt32(out + 16, true),
        type: codec.view.getInt32(out + 20, true),
      });
    }
  });
}
