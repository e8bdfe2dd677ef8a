import { AncillaryError } from '../../../errors/error.js';
import { native } from '../../../libc/native.js';
import { findAbi, findDialect } from '../../../model/rows.js';
import { msghdrShape } from '../../../oracle/shape.js';
import { WALK_ENDS } from '../../../wasm/exports.js';
import { instantiate } from '../../../wasm/instance.js';
import type { Target, Verdict } from '../../target.js';
import { mapGuarded } from './guarded.js';
import type { OwnWalk } from './own-walk.js';
import { findParting, makeSteps, type Steps } from './steps.js';

/** Most bytes of an input. */
const ROOM = 4096;
/** 512 KiB: the input, and 20 bytes for each of as many headers as it may have, which are four bytes apart at least. */
const PAGES = 8;
const HEADERS = 16;
const HEADER = 20;
const MSGHDR_ROOM = 64;

/**
 * Compares where a walk of the module goes with where `nextHeader` goes, which gets the input between guard pages: flush
 * with the one behind it where its size is even, with the one before it where it is odd.
 */
export function compareOn({ nextHeader, dialect: dialectId }: OwnWalk): Target {
  const { koffi, libc, abiId } = native();
  const codec = instantiate(undefined, PAGES);
  const { walkAll, putMsghdr } = codec.exports;
  const abi = findAbi(codec, abiId);
  const dialect = findDialect(codec, dialectId, abi);
  const { size: msghdrSize, word } = msghdrShape(codec, abiId);
  const header = word + 8;
  const most = ROOM / 4;

  const msghdr = codec.arena.reserve(Math.max(msghdrSize, MSGHDR_ROOM));
  const input = codec.arena.reserve(ROOM);
  const out = codec.arena.reserve(HEADERS + HEADER * most);
  const nativeMsghdr = Number(koffi.address(codec.bytes)) + msghdr;
  const guarded = mapGuarded(ROOM);
  const ours = makeSteps(ROOM);
  const theirs = makeSteps(ROOM);

  const walkOurs = (size: number, address: number) => {
    ours.end = WALK_ENDS[walkAll(abi, dialect, input, size, address, 0, most, out)] as Steps['end'];
    ours.count = codec.view.getUint32(out + 12, true);
    ours.at = ours.end === 'end' ? 0n : codec.view.getBigInt64(out, true);
    for (let i = 0; i < ours.count; i++) ours.offsets[i] = codec.view.getUint32(out + HEADERS + i * HEADER, true);
  };

  const walkTheirs = (size: number, address: number) => {
    theirs.count = 0;
    theirs.end = 'end';
    theirs.at = 0n;
    // CMSG_FIRSTHDR, which is a macro everywhere.
    if (size < header) return;
    for (let at = 0; ; ) {
      theirs.offsets[theirs.count++] = at;
      const answer = nextHeader(nativeMsghdr, address + at);
      if (answer === 0) return;
      const next = typeof answer === 'number' ? answer - address : Number.NaN;
      if (next > at && next + header <= size) {
        at = next;
        continue;
      }
      const exact = BigInt.asIntN(8 * word, BigInt(answer) - BigInt(address));
      theirs.at = exact;
      theirs.end =
        exact < 0n || exact + BigInt(header) > BigInt(size) ? 'escape' : exact < BigInt(at) ? 'back' : 'loop';
      return;
    }
  };

  return {
    name: 'libc',
    abi: abiId,
    isDeterministic: true,
    run(bytes): Verdict | undefined {
      const size = bytes.length;
      if (size > ROOM) {
        throw new AncillaryError(
          'ERR_TOO_LARGE',
          `an input of ${size} bytes is too large for libc, which gets ${ROOM}`,
        );
      }
      const start = size % 2 === 0 ? guarded.bytes.length - size : 0;
      const address = guarded.base + start;
      guarded.bytes.set(bytes, start);
      codec.bytes.set(bytes, input);
      putMsghdr(abi, msghdr, 0n, 0, 0n, 0n, BigInt(address), BigInt(size), 0);
      walkOurs(size, address);
      walkTheirs(size, address);
      const parting = findParting(ours, theirs);
      if (!parting) return undefined;
      const name = `${libc.name}'s __cmsg_nxthdr`;
      return {
        class: parting.class,
        cause: `${name} ${parting.theirs} where the walk ${dialectId} ${parting.ours}`,
        details: { walk: dialectId },
      };
    },
    close: () => guarded.close(),
  };
}
