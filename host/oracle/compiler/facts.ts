import type { Layout, Struct } from '../../model/layout.js';
import { Difference, Unavailable } from '../answer.js';
import { isPadding } from '../rows.js';

/** Something that a row says and that a compiler knows: an expression of C, and the row's value. */
export interface Fact {
  expression: string;
  value: number | bigint;
}

/** All that a row says, as a C program would ask. */
export function factsOf(
  structs: ReadonlyMap<string, Struct>,
  cmsg: Layout['cmsg'],
  numbers: ReadonlyMap<string, number>,
): Fact[] {
  const facts: Fact[] = [{ expression: 'sizeof(void *)', value: structs.get('iovec')?.fields.iov_base?.size ?? 0 }];
  for (const [name, { size, align, fields }] of structs) {
    const type = `struct ${name}`;
    facts.push({ expression: `sizeof(${type})`, value: size }, { expression: `_Alignof(${type})`, value: align });
    for (const [member, field] of Object.entries(fields)) {
      if (isPadding(member)) continue;
      facts.push({ expression: `offsetof(${type}, ${member})`, value: field.offset });
      facts.push({ expression: `sizeof(((${type} *)0)->${member})`, value: field.size });
    }
  }
  for (const [n, length] of Object.entries(cmsg.LEN)) facts.push({ expression: `CMSG_LEN(${n})`, value: length });
  for (const [n, space] of Object.entries(cmsg.SPACE)) facts.push({ expression: `CMSG_SPACE(${n})`, value: space });
  for (const [name, value] of numbers) facts.push({ expression: name, value });
  return facts;
}

/** Compares; returns the expressions that the compiler's headers do not have. */
export function compareFacts(
  facts: readonly Fact[],
  values: ReadonlyMap<number, bigint>,
  count: () => void,
): readonly string[] {
  const missing: string[] = [];
  facts.forEach(({ expression, value }, i) => {
    const said = values.get(i);
    if (said === undefined) missing.push(expression);
    else if (said !== BigInt.asUintN(64, BigInt(value))) {
      throw new Difference(`${expression} is ${BigInt.asIntN(64, said)}, the row says ${value}`);
    } else count();
  });
  if (missing.length === facts.length) throw new Unavailable('its headers know nothing of what the row says');
  return missing;
}
