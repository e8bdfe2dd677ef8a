// The walk that goes on: its switches and the numbers of the ABI, worked out once for a whole buffer.
//
// C compares addresses, so what a huge cmsg_len does depends on where the control buffer lies. Unless the caller says
// where, it is placed where programs have theirs: at 0x7ffd00000000 with 64-bit pointers (the stack of main()), at
// 0x40000000 with 32-bit ones (TASK_SIZE / 3, where mappings begin; the lower half, as for every static or allocated
// buffer). The bytes themselves are read at `control` in linear memory and never outside [0, controllen).

import { alignUp } from '../base/align';
import { loadUint } from '../base/scalar';
import {
  CMSGHDR,
  CMSG_LEN,
  CMSG_LEVEL,
  CMSG_TYPE,
  MSGHDR,
  dataOffsetOf,
  fieldOffset,
  fieldSize,
  isBig,
  sizeOf,
  unitOf,
  wordOf,
} from '../abi/row';
import {
  CHECK_HOST,
  CHECK_NONE,
  CHECK_RIGHTS,
  FIRST_HEADER,
  NEED_ALIGNED,
  NEED_BYTE,
  NEED_MORE,
  ROOM_BEFORE,
  ROOM_LEFT,
  STEP_LENGTH,
  WIDTH_32,
  WIDTH_LENGTH,
  checkOf,
  firstOf,
  isAbsolute,
  isCompat,
  isNeverBack,
  needOf,
  ownUnitOf,
  rejectsShort,
  roomOf,
  stepOf,
  wantsNextWhole,
  widthOf,
} from './row';

const START_64: u64 = 0x7ffd_0000_0000;
const START_32: u64 = 0x4000_0000;

// The buffer: where its bytes are, and where the program would have it.
export let bytes: usize;
export let controllen: u64;
export let start: u64;
export let end: u64;

// The ABI, or the layout that the walk brings.
export let header: u64;
/** The header, rounded up to the unit. */
export let aligned: u64;
/** CMSG_LEN(0). */
export let data: u64;
export let unit: u64;
/** sizeof(struct msghdr). */
export let msghdr: u64;
export let wide: bool;
/** Bits of a pointer. */
export let word: u64;
export let big: bool;
export let lengthAt: usize;
export let lengthSize: u32;
export let levelAt: usize;
export let typeAt: usize;

// The switches of the row.
export let first: u8;
export let short: bool;
export let check: u8;
export let step: u8;
/** Bytes of the next header that must fit; `more`: and one byte. */
export let need: u64;
export let more: bool;
export let room: u8;
/** Bits in which a length is rounded. */
export let width: u64;
export let absolute: bool;
export let neverBack: bool;
export let nextWhole: bool;

/** Whether sound messages are walked as by everybody (sound.ts), but for the place of the buffer. */
export let plain: bool;

/** Takes an ABI row and a walk row. */
export function prepareWalk(row: usize, rule: usize): void {
  wide = wordOf(row) == 8;
  word = wide ? u64.MAX_VALUE : 0xffff_ffff;
  big = isBig(row);
  msghdr = sizeOf(row, MSGHDR);
  if (isCompat(rule)) prepareCompat();
  else prepareLayout(row, rule);
  aligned = alignUp(header, unit);
  prepareRule(rule);
}

/** Takes a buffer, which the program has at `address` (0: where programs have theirs). */
export function prepareBuffer(control: usize, size: u32, address: u64): void {
  bytes = control;
  controllen = size;
  start = address != 0 ? address : wide ? START_64 : START_32;
  end = start + controllen;
}

function prepareLayout(row: usize, rule: usize): void {
  const own = ownUnitOf(rule);
  unit = own != 0 ? <u64>own : unitOf(row);
  header = sizeOf(row, CMSGHDR);
  data = dataOffsetOf(row);
  lengthAt = fieldOffset(row, CMSGHDR, CMSG_LEN);
  lengthSize = fieldSize(row, CMSGHDR, CMSG_LEN);
  levelAt = fieldOffset(row, CMSGHDR, CMSG_LEVEL);
  typeAt = fieldOffset(row, CMSGHDR, CMSG_TYPE);
}

/** struct compat_cmsghdr of Linux (include/net/compat.h): compat_size_t cmsg_len; int cmsg_level, cmsg_type. */
function prepareCompat(): void {
  unit = 4;
  header = 12;
  data = 12;
  lengthAt = 0;
  lengthSize = 4;
  levelAt = 4;
  typeAt = 8;
}

function prepareRule(rule: usize): void {
  first = firstOf(rule);
  short = rejectsShort(rule);
  check = checkOf(rule);
  step = stepOf(rule);
  const least = needOf(rule);
  need = least == NEED_ALIGNED ? aligned : least == NEED_BYTE ? 1 : header;
  more = least == NEED_MORE;
  room = roomOf(rule);
  const bits = widthOf(rule);
  width = bits == WIDTH_32 || (bits == WIDTH_LENGTH && lengthSize == 4) ? 0xffff_ffff : word;
  absolute = isAbsolute(rule);
  neverBack = isNeverBack(rule);
  nextWhole = wantsNextWhole(rule);
  // Only what steps in elements counts its room in them.
  plain = header > 0 && step == STEP_LENGTH && check != CHECK_RIGHTS && check != CHECK_HOST;
}

/** Whether the walk hands out just the messages of a strict reader, and one that is malformed: glibc since 2.37. */
export function isLikeParser(): bool {
  const asked = short && room == ROOM_LEFT && need == header && !more && data == header;
  const plainly = !absolute && !nextWhole && step == STEP_LENGTH && width == word;
  return asked && plainly && first == FIRST_HEADER && check == CHECK_NONE;
}

/**
 * Whether the walk, while lengths are below 2^30, goes on to the next header just where that fits: from a buffer where
 * programs have theirs, at a multiple of every unit, nothing wraps then, and how room is measured makes no difference.
 */
export function isEven(): bool {
  const asked = first == FIRST_HEADER && check == CHECK_NONE && step == STEP_LENGTH && need >= header;
  return asked && room != ROOM_BEFORE;
}

/** cmsg_len of the header at offset `at`, which must lie inside. */
export function loadLength(at: u64): u64 {
  return loadUint(bytes + <usize>at + lengthAt, lengthSize, big);
}

/** cmsg_level. */
export function loadLevel(at: u64): i32 {
  return <i32>loadUint(bytes + <usize>at + levelAt, 4, big);
}

/** cmsg_type. */
export function loadType(at: u64): i32 {
  return <i32>loadUint(bytes + <usize>at + typeAt, 4, big);
}

/** Whether a header at offset `at` lies wholly inside. */
export function isInside(at: i64): bool {
  return at >= 0 && <u64>at + header <= controllen;
}
