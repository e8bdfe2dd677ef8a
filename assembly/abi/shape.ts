// The shapes that msghdr, cmsghdr and iovec come in. Each is C's own rule (fields in order, every field at a multiple
// of its size, the struct padded to its widest field) over one choice: what type the three length fields have.
//
//                      msg_iovlen, msg_controllen, cmsg_len         LP64: msghdr cmsghdr   ILP32
//   SIZE_T             size_t                                             56     16        28 12
//   PADDED             u32, with an int of padding beside it on LP64      56     16        28 12
//                      (after it on little endian, before it on big)
//   U32                u32                                                48     12        28 12
//
//   SIZE_T  the kernel (include/linux/socket.h) and glibc; bionic, uClibc-ng, wasm64 too
//   PADDED  musl (include/sys/socket.h, arch/*/bits/socket.h): POSIX types laid over the kernel's size_t
//   U32     4.4BSD and its descendants: FreeBSD, NetBSD, OpenBSD, Darwin

import { CMSGHDR, IOVEC, MSGHDR } from './row';

export const SIZE_T: u32 = 0;
export const PADDED: u32 = 1;
export const U32: u32 = 2;

let out: usize = 0;
let end: u32 = 0;
let widest: u32 = 0;

function begin(struct: usize): void {
  out = struct + 2;
  end = 0;
  widest = 1;
}

function pad(size: u32): void {
  if (size > widest) widest = size;
  end = (end + size - 1) & ~(size - 1);
}

function field(size: u32): void {
  pad(size);
  store<u8>(out++, <u8>end);
  store<u8>(out++, <u8>size);
  end += size;
}

function lengthField(shape: u32, word: u32, big: bool): void {
  if (shape == SIZE_T) {
    field(word);
  } else if (shape == PADDED && word == 8) {
    if (big) end += 4;
    field(4);
    if (!big) end += 4;
  } else {
    field(4);
  }
}

function finish(struct: usize): void {
  pad(widest);
  store<u8>(struct, <u8>end);
  store<u8>(struct, <u8>widest, 1);
}

/** Fills in the three structs of `row`. */
export function shapeRow(row: usize, shape: u32, word: u32, big: bool): void {
  begin(row + MSGHDR);
  field(word);
  field(4);
  field(word);
  // The word that holds msg_iovlen begins at a multiple of 8 already: it follows a pointer.
  lengthField(shape, word, big);
  field(word);
  lengthField(shape, word, big);
  field(4);
  finish(row + MSGHDR);

  begin(row + CMSGHDR);
  lengthField(shape, word, big);
  field(4);
  field(4);
  finish(row + CMSGHDR);

  begin(row + IOVEC);
  field(word);
  field(word);
  finish(row + IOVEC);
}
