// Values of cmsg_len at which implementations part.

import { data, header, lengthMost, roundUp, unit } from './shape';
import { below, random } from './random';

const KINDS: u32 = 20;

/** One of them for a message whose right cmsg_len is `right`, with `left` bytes from its header on. */
export function pickLength(right: u64, left: u32): u64 {
  const value = pickWide(right, left);
  return value & lengthMost;
}

function pickWide(right: u64, left: u32): u64 {
  const dice = random();
  const few = <u64>((dice >> 32) & 7);
  const rest = <u64>left;
  switch (<u32>((dice & 0xffff_ffff) % KINDS)) {
    case 0:
      return 0;
    case 1:
      return header - 1;
    case 2:
      return header;
    case 3:
      return data;
    case 4:
      return few;
    case 5:
      return <u64>below(header + 1);
    case 6:
      return rest;
    case 7:
      return rest + 1;
    case 8:
      return rest - 1;
    case 9:
      return rest + 8;
    case 10:
      return rest - 8;
    case 11:
      return roundUp(<u32>right);
    case 12:
      // Rounded up, it wraps.
      return lengthMost - few;
    case 13:
      return 0xffff_ffff - few;
    case 14:
      // A step back.
      return 0 - unit * (1 + few);
    case 15:
      return 0 - <u64>header - unit * few;
    case 16:
      return right ^ (<u64>1 << (dice >> 58));
    case 17:
      return 0x8000_0000 + few - 4;
    case 18:
      return 0x1_0000_0000 + right;
    default:
      // Into what follows, or short of it.
      return right + unit * few - (((dice >> 40) & 3) * unit);
  }
}
