/**
 * Compilers by the ABI that they compile for: words of a command, the first of which that is there, and has the headers
 * of that libc, is asked. What an object says of itself decides whether it is of that ABI, not the command's name.
 */
export const CANDIDATES: Record<string, readonly (readonly string[])[]> = {
  'x86_64-glibc': [['gcc'], ['x86_64-linux-gnu-gcc'], ['clang', '--target=x86_64-linux-gnu']],
  'i386-glibc': [['i686-linux-gnu-gcc'], ['gcc', '-m32']],
  'x32-glibc': [['x86_64-linux-gnux32-gcc'], ['gcc', '-mx32']],
  'aarch64-glibc': [['aarch64-linux-gnu-gcc'], ['gcc']],
  'armhf-glibc': [['arm-linux-gnueabihf-gcc'], ['gcc']],
  'armel-glibc': [['arm-linux-gnueabi-gcc']],
  'riscv64-glibc': [['riscv64-linux-gnu-gcc'], ['gcc']],
  'loongarch64-glibc': [
    ['loongarch64-linux-gnu-gcc'],
    ['gcc'],
    // With the headers of another port: glibc has one bits/socket.h for all of Linux, and sizes are the compiler's.
    ...['clang', 'clang-19'].map((clang) => [
      clang,
      '--target=loongarch64-linux-gnu',
      '-isystem',
      '/usr/aarch64-linux-gnu/include',
    ]),
  ],
  'powerpc-glibc': [['powerpc-linux-gnu-gcc']],
  'powerpc64-glibc': [['powerpc64-linux-gnu-gcc']],
  'powerpc64le-glibc': [['powerpc64le-linux-gnu-gcc'], ['gcc']],
  's390x-glibc': [['s390x-linux-gnu-gcc'], ['gcc']],
  'sparc64-glibc': [['sparc64-linux-gnu-gcc']],
  'm68k-glibc': [['m68k-linux-gnu-gcc']],
  'mips-glibc': [['mips-linux-gnu-gcc']],
  'mipsel-glibc': [['mipsel-linux-gnu-gcc']],
  'mips64-glibc': [['mips64-linux-gnuabi64-gcc']],
  'mips64el-glibc': [['mips64el-linux-gnuabi64-gcc']],
  'alpha-glibc': [['alpha-linux-gnu-gcc']],
  'hppa-glibc': [['hppa-linux-gnu-gcc']],
  'sh4-glibc': [['sh4-linux-gnu-gcc']],
  'x86_64-musl': [['musl-gcc'], ['x86_64-linux-musl-gcc'], ['gcc']],
  'i386-musl': [['i686-linux-musl-gcc'], ['musl-gcc', '-m32']],
  'aarch64-musl': [
    ['aarch64-linux-musl-gcc'],
    ['aarch64-linux-gnu-gcc', '-nostdinc', '-isystem', '/usr/include/aarch64-linux-musl'],
  ],
  'aarch64_be-musl': [
    ['aarch64_be-linux-musl-gcc'],
    ['aarch64-linux-gnu-gcc', '-mbig-endian', '-nostdinc', '-isystem', '/usr/include/aarch64-linux-musl'],
  ],
  'armhf-musl': [['arm-linux-musleabihf-gcc']],
  'riscv64-musl': [['riscv64-linux-musl-gcc']],
  'powerpc64le-musl': [['powerpc64le-linux-musl-gcc']],
  'wasm32-emscripten': [['emcc']],
  'x86_64-freebsd': [['cc']],
  'x86_64-windows': [['x86_64-w64-mingw32-gcc']],
};

/** What a row's id must have beside arch and libc, and the flags that ask a compiler for it. */
export const VARIANTS: Record<string, readonly string[]> = {
  time64: ['-D_TIME_BITS=64', '-D_FILE_OFFSET_BITS=64'],
};

/** Where zig is, it has a compiler for nearly every ABI, and their headers. */
export const ZIG_TARGETS: Record<string, string> = {
  'x86_64-glibc': 'x86_64-linux-gnu',
  'i386-glibc': 'x86-linux-gnu',
  'aarch64-glibc': 'aarch64-linux-gnu',
  'armhf-glibc': 'arm-linux-gnueabihf',
  'riscv64-glibc': 'riscv64-linux-gnu',
  'loongarch64-glibc': 'loongarch64-linux-gnu',
  'powerpc-glibc': 'powerpc-linux-gnueabihf',
  'powerpc64le-glibc': 'powerpc64le-linux-gnu',
  's390x-glibc': 's390x-linux-gnu',
  'x86_64-musl': 'x86_64-linux-musl',
  'i386-musl': 'x86-linux-musl',
  'aarch64-musl': 'aarch64-linux-musl',
  'aarch64_be-musl': 'aarch64_be-linux-musl',
  'armhf-musl': 'arm-linux-musleabihf',
  'riscv64-musl': 'riscv64-linux-musl',
  'powerpc64le-musl': 'powerpc64le-linux-musl',
  'x86_64-freebsd': 'x86_64-freebsd',
  'x86_64-netbsd': 'x86_64-netbsd',
};
