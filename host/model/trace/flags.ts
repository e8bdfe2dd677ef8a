import { type CodecInstance, readText } from '../../wasm/instance.js';
import { perCodec } from '../per-codec.js';
import { findAbi } from '../rows.js';

/** The symbols of all MSG_ constants. */
const messageFlags = perCodec((codec) => {
  const { numberCount, numberText } = codec.exports;
  return Array.from({ length: numberCount() }, (_, symbol) => ({
    symbol,
    name: readText(codec, numberText(symbol)),
  })).filter(({ name }) => name.startsWith('MSG_'));
});

/** The names that an ABI has for the bits of flags; those without one as one number, `0x80000`. */
export function namesOfFlags(codec: CodecInstance, abiId: string, flags: number): string[] {
  const abi = findAbi(codec, abiId);
  let left = flags >>> 0;
  const names: string[] = [];
  for (const { symbol, name } of messageFlags(codec)) {
    const value = codec.exports.numberOf(abi, symbol);
    if (Number.isNaN(value) || value === 0 || (left & value) >>> 0 !== value) continue;
    left = (left & ~value) >>> 0;
    names.push(name);
  }
  return left === 0 ? names : [...names, `0x${left.toString(16)}`];
}
