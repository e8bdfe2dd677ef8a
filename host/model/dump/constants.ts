import { type CodecInstance, readText } from '../../wasm/instance.js';
import { perCodec } from '../per-codec.js';

/** The numbers of all constants' names, whose value differs from ABI to ABI. */
const symbolsOf = perCodec((codec) => {
  const { numberCount, numberText } = codec.exports;
  return new Map(Array.from({ length: numberCount() }, (_, symbol) => [readText(codec, numberText(symbol)), symbol]));
});

/** The value on an ABI of a constant that strace names, which may go by another of its names there. */
export function valueOfConstant(codec: CodecInstance, abi: number, name: string): number | undefined {
  // No system has another, so no row has it.
  if (name === 'AF_UNSPEC') return 0;
  const symbols = symbolsOf(codec);
  for (const each of namesOf(name)) {
    const symbol = symbols.get(each);
    const value = symbol === undefined ? Number.NaN : codec.exports.numberOf(abi, symbol);
    if (!Number.isNaN(value)) return value;
  }
  return undefined;
}

/** The kernel calls levels SOL_ and types SO_ that POSIX and the headers of control messages call IPPROTO_ and SCM_. */
function namesOf(name: string): string[] {
  const plain = name.replace(/_(OLD|NEW)$/, '');
  return [name, plain, name.replace(/^SOL_/, 'IPPROTO_'), name.replace(/^SO_/, 'SCM_'), plain.replace(/^SO_/, 'SCM_')];
}
