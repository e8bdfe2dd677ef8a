import { encodeControl } from '../../model/encode.js';
import { bytesOfHex, hexOfBytes } from '../../model/hex.js';
import { payloadsOf } from '../../model/payload-rows.js';
import { findAbi } from '../../model/rows.js';
import { walkControl } from '../../model/walk.js';
import type { CodecInstance } from '../../wasm/instance.js';
import { Difference } from '../answer.js';
import { compareStruct, type SaidStruct, same } from '../compare.js';
import { cmsgOf, structsOf } from '../rows.js';
import type { LayoutVector, PayloadVector, WalkVector } from './format.js';

export function compareLayout(codec: CodecInstance, { abi, layout, controls }: LayoutVector, count: () => void): void {
  for (const [name, row] of structsOf(codec, abi)) {
    const said = (layout[name] ?? undefined) as SaidStruct | undefined;
    if (said) compareStruct(name, row, said, count);
  }
  const row = cmsgOf(codec, abi);
  for (const macro of ['LEN', 'SPACE'] as const) {
    for (const [n, said] of Object.entries(layout.cmsg[macro])) {
      const own = row?.[macro][n];
      if (own !== undefined) same(`CMSG_${macro}(${n})`, own, said, count);
    }
  }
  for (const { name, messages, fill, tight, control, offsets } of controls) {
    const raw = messages.map((message) => ({ ...message, data: bytesOfHex(message.data, 'data') }));
    const encoded = encodeControl(codec, abi, raw, { fill, tight });
    same(`the buffer "${name}"`, hexOfBytes(encoded.control), control, count);
    same(`the offsets in "${name}"`, encoded.offsets.join(), offsets.join(), count);
  }
}

export function comparePayloads(codec: CodecInstance, { abi, payloads }: PayloadVector, count: () => void): void {
  const { all } = payloadsOf(codec, findAbi(codec, abi));
  for (const [id, said] of Object.entries(payloads)) {
    const row = all.find((payload) => payload.id === id);
    if (!row) throw new Difference(`the row has no payload ${id}`);
    same(`cmsg_level of ${id}`, row.level, said.level, count);
    same(`cmsg_type of ${id}`, row.type, said.type, count);
    for (const field of said.fields) {
      const member = row.members.find(({ name }) => name === field.name);
      if (!member) throw new Difference(`the row's ${id} has no ${field.name}`);
      same(`offset of ${id}.${field.name}`, member.offset, field.offset, count);
      same(`size of ${id}.${field.name}`, member.size, field.size, count);
    }
  }
}

export function compareWalk(codec: CodecInstance, { abi, dialect, cases }: WalkVector, count: () => void): void {
  for (const { control, controllen, headers, end, at } of cases) {
    const walk = walkControl(codec, abi, bytesOfHex(control, 'control'), { dialect, controllen });
    const own = walk.headers.map(({ offset, len, level, type }) => [offset, len, level, type].join());
    same(
      `the walk over ${control} on ${abi}`,
      `${own.join(' ')} ${walk.end} ${walk.at}`,
      `${headers.map((header) => header.join()).join(' ')} ${end} ${at}`,
      count,
    );
  }
}
