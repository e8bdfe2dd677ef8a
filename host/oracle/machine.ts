import { endianness } from 'node:os';
import { listAbis } from '../model/rows.js';
import type { Asking, Subject } from './answer.js';

/** Toolchain names of this machine's architecture, and of the 32-bit one that its kernel serves too. */
const ARCHES: Partial<Record<NodeJS.Architecture, { own: readonly string[]; compat?: readonly string[] }>> = {
  x64: { own: ['x86_64'], compat: ['i386'] },
  arm64: { own: ['aarch64'], compat: ['arm', 'armhf'] },
  ia32: { own: ['i386'] },
  arm: { own: ['arm', 'armhf'] },
  riscv64: { own: ['riscv64'] },
  loong64: { own: ['loongarch64'] },
  ppc64: { own: [endianness() === 'LE' ? 'powerpc64le' : 'powerpc64'] },
};

/** Those of the asked ABIs that programs of this machine have: of its own width, or (`compat`) of its 32-bit twin. */
export function machineAbis({ codec, subjects }: Asking, which: 'own' | 'compat' = 'own'): Subject[] {
  const arches = process.platform === 'linux' ? (ARCHES[process.arch]?.[which] ?? []) : [];
  const rows = new Map(listAbis(codec).map((row) => [row.id, row]));
  return subjects.filter(({ kind, id }) => {
    const row = rows.get(id);
    return kind === 'abi' && row !== undefined && arches.includes(row.arch) && row.os === 'linux';
  });
}
