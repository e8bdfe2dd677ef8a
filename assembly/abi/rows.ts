// The ABIs, a line each. To add one, add its line here and its vectors under tests/vectors/layout.
// A family whose rule is new gets one more function below.

import { addRow } from './row';
import { PADDED, SIZE_T, U32, shapeRow } from './shape';

const LITTLE: bool = false;
const BIG: bool = true;
const LINUX: bool = true;

/** Linux with glibc: size_t lengths, CMSG_ALIGN to sizeof(size_t) (sysdeps/unix/sysv/linux/bits/socket.h). */
function glibc(id: string, arch: string, word: u8, big: bool, source: string): void {
  const header: u8 = word + 8;
  const row = addRow(id, arch, 'glibc', word, big, word, header, 1, LINUX, 'glibc-ge-2.37', source);
  shapeRow(row, SIZE_T, word, big);
}

/** Linux, or wasm, with musl: padded u32 lengths, CMSG_ALIGN to sizeof(size_t) (include/sys/socket.h). */
function musl(id: string, arch: string, libc: string, word: u8, big: bool, dialect: string, source: string): void {
  const header: u8 = word + 8;
  const row = addRow(id, arch, libc, word, big, word, header, 1, LINUX, dialect, source);
  shapeRow(row, PADDED, word, big);
}

/** FreeBSD: a 12-byte header whose data begins at _ALIGN(12), SOL_SOCKET 0xffff (sys/sys/socket.h). */
function freebsd(id: string, arch: string, word: u8, big: bool, unit: u8, source: string): void {
  const data: u8 = (12 + unit - 1) & ~(unit - 1);
  const row = addRow(id, arch, 'freebsd', word, big, unit, data, 0xffff, !LINUX, 'freebsd', source);
  shapeRow(row, U32, word, big);
}

glibc('x86_64-glibc', 'x86_64', 8, LITTLE, 'compiled and run: gcc 12, glibc 2.36');
glibc('i386-glibc', 'i386', 4, LITTLE, 'compiled and run: i686-linux-gnu-gcc 12, glibc 2.36');
glibc('aarch64-glibc', 'aarch64', 8, LITTLE, 'compiled and run: aarch64-linux-gnu-gcc 12, glibc 2.36');
glibc('arm-glibc', 'arm', 4, LITTLE, 'compiled and run: arm-linux-gnueabihf-gcc 12, glibc 2.36');
glibc('riscv64-glibc', 'riscv64', 8, LITTLE, 'compiled and run: riscv64-linux-gnu-gcc 12, glibc 2.36');
glibc('loongarch64-glibc', 'loongarch64', 8, LITTLE, 'compiled and run: clang 19, headers of glibc 2.36');
glibc('powerpc64le-glibc', 'powerpc64le', 8, LITTLE, 'compiled and run: powerpc64le-linux-gnu-gcc 12, glibc 2.36');
glibc('powerpc-glibc', 'powerpc', 4, BIG, 'compiled and run: powerpc-linux-gnu-gcc 12, glibc 2.36');
musl('x86_64-musl', 'x86_64', 'musl', 8, LITTLE, 'musl-1.2', 'compiled and run: musl-gcc, musl 1.2.3');
musl('aarch64-musl', 'aarch64', 'musl', 8, LITTLE, 'musl-1.2', 'compiled and run: aarch64-linux-gnu-gcc 12, musl 1.2.3');
musl('aarch64_be-musl', 'aarch64_be', 'musl', 8, BIG, 'musl-1.2', 'compiled and run: aarch64-linux-gnu-gcc 12 -mbig-endian, musl 1.2.3');
musl('wasm32-emscripten', 'wasm32', 'emscripten', 4, LITTLE, 'musl-1.2', 'compiled and run: emcc 3.1.6');
freebsd('x86_64-freebsd', 'x86_64', 8, LITTLE, 8, 'documented: sys/sys/socket.h, sys/amd64/include/_align.h');
