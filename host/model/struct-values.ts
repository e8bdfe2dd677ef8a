import { byteLengthOf, checkBytes, viewOf } from '../check/bytes.js';
import { show } from '../check/show.js';
import { didYouMean } from '../check/suggest.js';
import { invalidArgument } from '../errors/error.js';
import { type CodecInstance, readText } from '../wasm/instance.js';
import { type Members, readMembers } from './members.js';
import { type PayloadValue, readMember, recordOf, writeMember } from './payload-values.js';
import { findAbi } from './rows.js';

/** The values of a struct's fields out of its bytes, as an ABI lays it out; pads are left out. */
export function readStructValues(
  codec: CodecInstance,
  abiId: string,
  name: string,
  bytes: Uint8Array,
): Record<string, PayloadValue> {
  const abi = findAbi(codec, abiId);
  const { size, members } = findStruct(codec, abiId, name);
  const length = byteLengthOf(checkBytes(bytes, 'the struct'));
  if (length < size) throw invalidArgument(`struct ${name} of ${abiId} has ${size} bytes, and these are ${length}`);
  return codec.arena.lend(size, (at) => {
    codec.bytes.set(viewOf(bytes, 0, size), at);
    const value: Record<string, PayloadValue> = {};
    for (const member of members) if (!member.isPad) value[member.name] = readMember(codec, abi, member, at);
    return value;
  });
}

/** The bytes of a struct with these values of its fields, all of them; pads are 0. */
export function writeStructValues(codec: CodecInstance, abiId: string, name: string, values: unknown): Uint8Array {
  const abi = findAbi(codec, abiId);
  const { size, members } = findStruct(codec, abiId, name);
  const fields = members.filter(({ isPad }) => !isPad);
  const given = recordOf(values, new Set(fields.map((field) => field.name)), () => name);
  return codec.arena.lend(size, (at) => {
    codec.bytes.fill(0, at, at + size);
    for (const field of fields) writeMember(codec, abi, field, at, given[field.name], () => name);
    return codec.bytes.slice(at, at + size);
  });
}

/** How an ABI lays out the struct `name`. */
function findStruct(codec: CodecInstance, abiId: string, name: string): Members {
  const { exports } = codec;
  const abi = findAbi(codec, abiId);
  const names = Array.from({ length: exports.structCount() }, (_, struct) =>
    readText(codec, exports.structText(struct)),
  );
  const struct = names.indexOf(name);
  if (struct < 0) throw invalidArgument(`there is no struct ${show(name)}${didYouMean(String(name), names)}`);
  const found = readMembers(codec, (out) => exports.describeStruct(abi, struct, out));
  if (found && found.size > 0) return found;
  throw invalidArgument(`${abiId} has no struct ${name} that is known`);
}
