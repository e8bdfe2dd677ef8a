// The walks, one row each. To add one of the same family, add its row here and its vectors under tests/vectors/walk.

import {
  NEED_ALIGNED,
  NEED_HEADER,
  NEED_MORE,
  ROOM_ADDRESS,
  ROOM_LEFT,
  ROOM_OFFSET,
  ROOM_SUM,
  addDialect,
} from './row';

const REJECTS_SHORT: bool = true;
const TAKES_SHORT: bool = false;
const NEXT_WHOLE: bool = true;
const NEXT_HEADER: bool = false;

addDialect(
  'glibc-ge-2.37',
  REJECTS_SHORT,
  NEED_HEADER,
  ROOM_LEFT,
  NEXT_HEADER,
  'glibc since 2.37 (bug 28846; Debian has it in 2.36): the next header must fit, measured by subtraction',
  'https://github.com/bminor/glibc/blob/glibc-2.41/sysdeps/unix/sysv/linux/cmsg_nxthdr.c',
);
addDialect(
  'glibc-le-2.36',
  REJECTS_SHORT,
  NEED_HEADER,
  ROOM_ADDRESS,
  NEXT_WHOLE,
  'glibc before 2.37: the next message, rounded up, must fit; its length is read first; addresses can wrap',
  'https://github.com/bminor/glibc/blob/glibc-2.36/sysdeps/unix/sysv/linux/cmsg_nxthdr.c',
);
addDialect(
  'musl-1.2',
  REJECTS_SHORT,
  NEED_MORE,
  ROOM_SUM,
  NEXT_HEADER,
  'musl: the next header and one byte more must fit, so a last message without payload is not seen',
  'https://git.musl-libc.org/cgit/musl/tree/include/sys/socket.h?h=v1.2.5',
);
addDialect(
  'freebsd',
  TAKES_SHORT,
  NEED_ALIGNED,
  ROOM_ADDRESS,
  NEXT_HEADER,
  'FreeBSD: any cmsg_len is followed, 0 for ever; the next header, rounded up, must fit',
  'https://github.com/freebsd/freebsd-src/blob/00b5ffde8e0f31c936d10583daa9a958e1d1ebbb/sys/sys/socket.h',
);
addDialect(
  'bionic',
  TAKES_SHORT,
  NEED_HEADER,
  ROOM_OFFSET,
  NEXT_HEADER,
  'Android, klibc, dietlibc: any cmsg_len is followed, 0 for ever; the next header must fit, measured from the start',
  'https://github.com/aosp-mirror/platform_bionic/blob/96404229f0dce3162a0d42605ce342b508111a7f/libc/bionic/__cmsg_nxthdr.cpp',
);
