import { type CmsgSizes, readLayout, type Struct } from '../model/layout.js';
import { findAbi } from '../model/rows.js';
import { type CodecInstance, readText } from '../wasm/instance.js';

/** The structs that an ABI row describes, by name; those that it says are absent are not there. */
export function structsOf(codec: CodecInstance, abi: string): Map<string, Struct> {
  const entries = Object.entries(readLayout(codec, abi).structs);
  return new Map(entries.filter((entry): entry is [string, Struct] => entry[1] !== 'absent'));
}

/** What the macros give, or undefined on an ABI without control messages. */
export function cmsgOf(codec: CodecInstance, abi: string): CmsgSizes | undefined {
  const { cmsg } = readLayout(codec, abi);
  return cmsg === 'absent' ? undefined : cmsg;
}

/** The constants that an ABI's headers have, by name. */
export function numbersOf(codec: CodecInstance, abi: string): Map<string, number> {
  const { numberCount, numberOf, numberText } = codec.exports;
  const row = findAbi(codec, abi);
  const numbers = new Map<string, number>();
  for (let symbol = 0; symbol < numberCount(); symbol++) {
    const value = numberOf(row, symbol);
    if (!Number.isNaN(value)) numbers.set(readText(codec, numberText(symbol)), value);
  }
  return numbers;
}
