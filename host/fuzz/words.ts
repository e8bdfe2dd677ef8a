/** The words that control messages of an ABI are made of, for fuzzers that do not know their structure. */
import { presentSizes, presentStruct, readLayout } from '../model/layout.js';
import { listPayloads } from '../model/payload-list.js';
import { findControlAbi, listAbis } from '../model/rows.js';
import type { CodecInstance } from '../wasm/instance.js';

/** Payloads that lengths are made for: of nothing, of one descriptor, of credentials, of 253 descriptors. */
const PAYLOADS = [0, 4, 12, 1012];

/** Levels and types as headers have them, and values of cmsg_len: right ones, and those at which sums wrap or turn. */
export function wordsOf(codec: CodecInstance, abiId: string): [name: string, word: Uint8Array][] {
  const isLittle = listAbis(codec)[findControlAbi(codec, abiId)]?.endian === 'little';
  const layout = readLayout(codec, abiId);
  const { cmsg_len } = presentStruct(layout, 'cmsghdr').fields;
  const { data } = presentSizes(layout);
  const width = cmsg_len?.size ?? 8;
  const words = new Map<string, [name: string, word: Uint8Array]>();
  const add = (name: string, ...parts: [value: bigint, size: number][]) => {
    const word = Uint8Array.from(parts.flatMap(([value, size]) => bytesOf(value, size, isLittle)));
    words.set(word.join(), [name.replaceAll(/\W+/g, '_'), word]);
  };
  for (const { level, type, numbers } of listPayloads(codec, abiId)) {
    const [levelNumber, typeNumber] = numbers.map(BigInt) as [bigint, bigint];
    add(level, [levelNumber, 4]);
    add(`${level}_${type}`, [levelNumber, 4], [typeNumber, 4]);
  }
  const top = 1n << BigInt(width * 8 - 1);
  const values: [string, bigint][] = [
    ...PAYLOADS.map((size): [string, bigint] => [`len_${size}`, BigInt(data + size)]),
    ['len_short', BigInt(data - 1)],
    ['len_zero', 0n],
    ['len_most', 2n * top - 1n],
    ['len_wraps', 2n * top - BigInt(data)],
    ['len_negative', top],
    ['len_positive', top - 1n],
  ];
  for (const [name, value] of values) add(name, [value, width]);
  return [...words.values()];
}

function bytesOf(value: bigint, size: number, isLittle: boolean): number[] {
  const bytes = Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
  return isLittle ? bytes : bytes.reverse();
}
