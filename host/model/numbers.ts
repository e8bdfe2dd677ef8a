import { type CodecInstance, readText } from '../wasm/instance.js';
import { findAbi } from './rows.js';

/** The constants that the headers of an ABI have, by their names. */
export function readNumbers(codec: CodecInstance, abiId: string): Record<string, number> {
  const abi = findAbi(codec, abiId);
  const { numberCount, numberOf, numberText } = codec.exports;
  const numbers: Record<string, number> = {};
  for (let symbol = 0; symbol < numberCount(); symbol++) {
    const value = numberOf(abi, symbol);
    // NaN: there is none of that name.
    if (!Number.isNaN(value)) numbers[readText(codec, numberText(symbol))] = value;
  }
  return numbers;
}
