import { byteLengthOf, checkBytes } from '../check/bytes.js';
import { show } from '../check/show.js';
import { didYouMean } from '../check/suggest.js';
import { invalidArgument } from '../errors/error.js';
import { type CodecInstance, readText } from '../wasm/instance.js';
import { readMembers } from './members.js';
import { type PayloadValue, readMember } from './payload-values.js';
import { findAbi } from './rows.js';

/** The values of a struct's fields out of its bytes, as an ABI lays it out; pads are left out. */
export function readStructValues(
  codec: CodecInstance,
  abiId: string,
  name: string,
  bytes: Uint8Array,
): Record<string, PayloadValue> {
  const abi = findAbi(codec, abiId);
  const { exports } = codec;
  const names = Array.from({ length: exports.structCount() }, (_, struct) =>
    readText(codec, exports.structText(struct)),
  );
  const struct = names.indexOf(name);
  if (struct < 0) throw invalidArgument(`there is no struct ${show(name)}${didYouMean(String(name), names)}`);
  const found = readMembers(codec, (out) => exports.describeStruct(abi, struct, out));
  if (!found || found.size === 0) throw invalidArgument(`${abiId} has no struct ${name} that is known`);
  const size = byteLengthOf(checkBytes(bytes, 'the struct'));
  if (size < found.size)
    throw invalidArgument(`struct ${name} of ${abiId} has ${found.size} bytes, and these are ${size}`);
  return codec.arena.lend(found.size, (at) => {
    codec.bytes.set(bytes.subarray(0, found.size), at);
    const value: Record<string, PayloadValue> = {};
    for (const member of found.members) if (!member.isPad) value[member.name] = readMember(codec, abi, member, at);
    return value;
  });
}
