import type { CmsgSizes, Struct } from '../../model/layout.js';
import { Difference, Unavailable } from '../answer.js';

/** Something that a row says and that a compiler knows: an expression of C, and the row's value. */
export interface Fact {
  expression: string;
  value: number;
  /** A constant of headers: an int, which some write as an unsigned one of the same bits. */
  isConstant?: boolean;
}

/** All that a row says, as a C program would ask. */
export function factsOf(
  structs: ReadonlyMap<string, Struct>,
  cmsg: CmsgSizes | undefined,
  numbers: ReadonlyMap<string, number>,
): Fact[] {
  const facts: Fact[] = [{ expression: 'sizeof(void *)', value: structs.get('iovec')?.fields.iov_base?.size ?? 0 }];
  for (const [name, { size, align, fields }] of structs) {
    const type = `struct ${name}`;
    facts.push({ expression: `sizeof(${type})`, value: size }, { expression: `_Alignof(${type})`, value: align });
    for (const [member, field] of Object.entries(fields)) {
      facts.push({ expression: `offsetof(${type}, ${member})`, value: field.offset });
      facts.push({ expression: `sizeof(((${type} *)0)->${member})`, value: field.size });
    }
  }
  for (const [n, length] of Object.entries(cmsg?.LEN ?? {}))
    facts.push({ expression: `CMSG_LEN(${n})`, value: length });
  for (const [n, space] of Object.entries(cmsg?.SPACE ?? {}))
    facts.push({ expression: `CMSG_SPACE(${n})`, value: space });
  for (const [name, value] of numbers) facts.push({ expression: name, value, isConstant: true });
  return facts;
}

/** Compares; returns what the compiler's headers do not have: structs, members, constants. */
export function compareFacts(
  facts: readonly Fact[],
  values: ReadonlyMap<number, bigint>,
  count: () => void,
): readonly string[] {
  const missing = new Set<string>();
  facts.forEach(({ expression, value, isConstant }, i) => {
    const said = values.get(i);
    if (said === undefined) missing.add(nameOf(expression));
    else if (BigInt.asIntN(isConstant ? 32 : 64, said) !== BigInt(value)) {
      throw new Difference(`${expression} is ${BigInt.asIntN(64, said)}, the row says ${value}`);
    } else count();
  });
  if (values.size === 0) throw new Unavailable('its headers know nothing of what the row says');
  return [...missing].filter((name) => !missing.has(name.split(',')[0] as string) || !name.includes(','));
}

/** `struct ucred` of its size, `struct ucred, pid` of a member; what else there is is a name itself. */
function nameOf(expression: string): string {
  const [, whole] = /^(?:sizeof|_Alignof)\((struct \w+)\)$/.exec(expression) ?? [];
  const [, struct, member] = /^offsetof\((struct \w+), (\w+)\)$/.exec(expression) ?? [];
  const [, inside, of] = /^sizeof\(\(\((struct \w+) \*\)0\)->(\w+)\)$/.exec(expression) ?? [];
  return whole ?? (struct ? `${struct}, ${member}` : inside ? `${inside}, ${of}` : expression);
}
