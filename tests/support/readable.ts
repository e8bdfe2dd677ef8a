/**
 * Everything that the host can read out of a codec module but how it walks: modules that give the same are the same to
 * whoever uses them.
 */
import { readLayout } from '../../host/model/layout.js';
import { type Member, readMembers } from '../../host/model/members.js';
import { listPayloads } from '../../host/model/payload-list.js';
import { type Payload, payloadsOf } from '../../host/model/payload-rows.js';
import { readMember } from '../../host/model/payload-values.js';
import { listAbis, listDialects } from '../../host/model/rows.js';
import { type CodecInstance, instantiate, readText } from '../../host/wasm/instance.js';

/** As a text. */
export function readEverything(module: Uint8Array<ArrayBuffer>): string {
  const codec = instantiate(module);
  const { aliasAbi, aliasCount, aliasText, summarySize } = codec.exports;
  const abis = listAbis(codec).map((row, abi) => ({
    row,
    layout: readLayout(codec, row.id),
    structs: structsOf(codec, abi),
    numbers: numbersOf(codec, abi),
    payloads: listPayloads(codec, row.id),
    bodies: payloadsOf(codec, abi).all.map((payload) => bodyOf(codec, abi, payload)),
  }));
  const aliases = Array.from({ length: aliasCount() }, (_, i) => [readText(codec, aliasText(i)), aliasAbi(i)]);
  return JSON.stringify([abis, aliases, listDialects(codec), summarySize()], (_, value) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );
}

function numbersOf(codec: CodecInstance, abi: number): [string, number][] {
  const { numberCount, numberOf, numberText } = codec.exports;
  return Array.from({ length: numberCount() }, (_, i) => [readText(codec, numberText(i)), numberOf(abi, i)]);
}

/** What the members of every struct make of bytes, those that the ABI has. */
function structsOf(codec: CodecInstance, abi: number): unknown[] {
  const { describeStruct, structCount } = codec.exports;
  return Array.from({ length: structCount() }, (_, struct) => {
    const found = readMembers(codec, (out) => describeStruct(abi, struct, out));
    // What a pad would say is read nowhere: that it is there the layout says.
    const members = found?.members.filter(({ isPad }) => !isPad) ?? [];
    return found && valuesOf(codec, abi, members, found.size);
  });
}

function bodyOf(codec: CodecInstance, abi: number, payload: Payload): unknown {
  const { isLeast, hasPads, open, members } = payload;
  const places = members.map(({ code: _, ...member }) => member);
  const values = valuesOf(codec, abi, members, payload.size + (open?.size ?? 0));
  return { isLeast, hasPads, isOpen: open !== undefined, places, values };
}

/** What they make of bytes that differ in their sign and in each order. */
function valuesOf(codec: CodecInstance, abi: number, members: Member[], size: number): unknown[] {
  return codec.arena.lend(size, (at) => {
    for (let i = 0; i < size; i++) codec.bytes[at + i] = 0xff - (i % 0x7f);
    return members.map((member) => readMember(codec, abi, member, at, member.count || 1));
  });
}
