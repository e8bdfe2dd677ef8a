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
 * oracle knows are no difference. `within`: a member may be narrower or wider than the oracle's where nothing but
 * padding is beside it.
 */
export function compareStruct(name: string, row: Struct, said: SaidStruct, count: () => void, within = false): void {
  same(`sizeof(struct ${name})`, row.size, said.size, count);
  if (said.align !== undefined) same(`_Alignof(struct ${name})`, row.align, said.align, count);
  for (const [member, field] of Object.entries(row.fields)) {
    const theirs = Object.hasOwn(said.fields, member) ? said.fields[member] : undefined;
    const what = `${name}.${member}`;
    if (!theirs) throw new Difference(`${what}: there is no such member`);
    if (theirs.bitfield) throw new Difference(`${what}: it is a bitfield of ${theirs.bitfield.bits} bits`);
    if (within && isSameButForPadding(row, member, said)) count();
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

/**
 * Whether one of the two members lies in the other, and each meets nothing else on the other side but padding: C
 * libraries lay narrower members over the kernel's wider ones, and wider ones over its padding.
 */
function isSameButForPadding(row: Struct, member: string, said: SaidStruct): boolean {
  const [own, theirs] = [row.fields[member], said.fields[member]];
  if (!own || !theirs) return false;
  const isInside = (inner: Place, outer: Place) =>
    inner.offset >= outer.offset && inner.offset + inner.size <= outer.offset + outer.size;
  return (
    (isInside(own, theirs) || isInside(theirs, own)) &&
    namesMet(row.fields, theirs).join() === member &&
    namesMet(said.fields, own).join() === member
  );
}

interface Place {
  offset: number;
  size: number;
}

/** The members, padding left out, that have bytes in this place. */
function namesMet(fields: Record<string, Place>, { offset, size }: Place): string[] {
  return Object.entries(fields)
    .filter(
      ([name, field]) => !PADDING.test(name) && field.offset < offset + size && offset < field.offset + field.size,
    )
    .map(([name]) => name);
}

/** What the kernel calls members that are none. */
const PADDING = /^__?(pad|unused|reserved)/;
