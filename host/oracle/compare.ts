import type { Struct } from '../model/layout.js';
import { Difference } from './answer.js';

/** A struct as an oracle says it; a member of a bitfield has no offset that could be compared. */
export interface SaidStruct {
  size: number;
  align?: number | undefined;
  fields: Record<string, { offset: number; size: number; bitfield?: { bit: number; bits: number } }>;
}

/**
 * Compares a row's struct with what an oracle says; throws Difference at the first that differs. Members that only the
 * oracle knows are no difference. `within`: a member may be a part of the oracle's, the rest of which the row pads, as
 * C libraries lay POSIX's types over the kernel's wider ones.
 */
export function compareStruct(name: string, row: Struct, said: SaidStruct, count: () => void, within = false): void {
  same(`sizeof(struct ${name})`, row.size, said.size, count);
  if (said.align !== undefined) same(`_Alignof(struct ${name})`, row.align, said.align, count);
  for (const [member, field] of Object.entries(row.fields)) {
    const theirs = Object.hasOwn(said.fields, member) ? said.fields[member] : undefined;
    const what = `${name}.${member}`;
    if (!theirs) throw new Difference(`${what}: there is no such member`);
    if (theirs.bitfield) throw new Difference(`${what}: it is a bitfield of ${theirs.bitfield.bits} bits`);
    if (within && isPart(row, member, theirs)) count();
    else {
      same(`offset of ${what}`, field.offset, theirs.offset, count);
      same(`size of ${what}`, field.size, theirs.size, count);
    }
  }
}

export function same(what: string, row: number | string, said: number | string, count: () => void): void {
  if (row !== said) throw new Difference(`${what} is ${said}, the row says ${row}`);
  count();
}

/** Whether the row's member lies in the oracle's, and nothing else but padding does. */
function isPart(row: Struct, member: string, { offset, size }: { offset: number; size: number }): boolean {
  const meets = ([, field]: [string, { offset: number; size: number }]) =>
    field.offset < offset + size && offset < field.offset + field.size;
  const inside = Object.entries(row.fields).filter(meets);
  const [only] = inside;
  return (
    inside.length === 1 &&
    only?.[0] === member &&
    only[1].offset >= offset &&
    only[1].offset + only[1].size <= offset + size
  );
}
