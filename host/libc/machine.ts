/** node:os says it too, but loading that takes half a millisecond. */
const isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Toolchain names of the architectures that Node runs on, where they are not Node's own. */
const ARCHES: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'x86_64',
  arm64: 'aarch64',
  ia32: 'i386',
  arm: 'armhf',
  riscv64: 'riscv64',
  loong64: 'loongarch64',
  ppc64: isLittle ? 'powerpc64le' : 'powerpc64',
};

/** The id that the ABI of this architecture with `libc` has, if there is one. */
export function abiIdOf(libc: string): string {
  return `${ARCHES[process.arch] ?? process.arch}-${libc}`;
}
