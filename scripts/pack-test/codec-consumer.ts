import { abis, encode, walk } from 'ancillary/codec';

const { control, offsets } = encode('x86_64-glibc', [{ fds: [3] }, { level: 1, type: 2, data: new Uint8Array(12) }]);
export const length: number = control.length + offsets.length;
export const end: 'end' | 'loop' | 'back' | 'escape' = walk('x86_64-glibc', control, { controllen: 40 }).end;
export const words: (4 | 8)[] = abis().map(({ word }) => word);
