import type { Layout, Struct } from '../model/layout.js';
import { type Block, type Cell, cell, type Drawing } from './drawing.js';

/** The layout of an ABI, by its id. */
export interface NamedLayout {
  id: string;
  layout: Layout;
}

/** Layouts side by side, a column each: what differs from the first of them stands out. */
export function drawLayouts(layouts: readonly NamedLayout[]): Drawing {
  const names = [...new Set(layouts.flatMap(({ layout }) => Object.keys(layout.structs)))];
  return [...names.map((name) => drawStruct(name, layouts)), drawSizes(layouts)];
}

function drawStruct(name: string, layouts: readonly NamedLayout[]): Block {
  const structs = layouts.map(({ layout }) => layout.structs[name] ?? 'absent');
  const columns = structs.map(textsByOffset);
  const offsets = [...new Set(columns.flatMap((column) => [...column.keys()]))].sort((a, b) => a - b);
  return {
    title: [cell(`struct ${name}`, 'title')],
    rows: [
      headOf(layouts),
      rowOf('', structs.map(describeStruct)),
      ...offsets.map((offset) =>
        rowOf(
          offset,
          columns.map((column) => column.get(offset) ?? ''),
        ),
      ),
    ],
  };
}

function headOf(layouts: readonly NamedLayout[]): Cell[] {
  return [cell('', 'offset'), ...layouts.map(({ id }) => cell(id, 'title'))];
}

function describeStruct(struct: Struct | 'absent'): string {
  return struct === 'absent' ? 'absent' : `${struct.size} bytes, aligned to ${struct.align}`;
}

/** What begins at each offset of a struct: a field or padding, with its size. */
function textsByOffset(struct: Struct | 'absent'): Map<number, string> {
  if (struct === 'absent') return new Map();
  return new Map([
    ...Object.entries(struct.fields).map(([name, { offset, size }]): [number, string] => [offset, `${name} ${size}`]),
    ...struct.pads.map(({ offset, size }): [number, string] => [offset, `padding ${size}`]),
  ]);
}

/** A row of one text for each layout. */
function rowOf(head: number | string, texts: readonly string[]): Cell[] {
  const [first] = texts;
  const cells = texts.map((text) => {
    const role = text !== first ? 'different' : text.startsWith('padding ') ? 'pad' : 'text';
    // Marked by more than a colour, which not everybody sees.
    return cell(role === 'different' && text !== '' ? `${text} *` : text, role);
  });
  return [cell(head, 'offset'), ...cells];
}

/** What the macros give. */
function drawSizes(layouts: readonly NamedLayout[]): Block {
  const sizes = layouts.map(({ layout }) => layout.cmsg);
  const counts = [...new Set(sizes.flatMap((each) => (each === 'absent' ? [] : Object.keys(each.LEN))))];
  const text = (of: (each: Exclude<Layout['cmsg'], 'absent'>) => number | undefined) =>
    sizes.map((each) => (each === 'absent' ? 'absent' : String(of(each))));
  return {
    title: [cell('CMSG_ macros', 'title')],
    rows: [
      headOf(layouts),
      rowOf(
        'CMSG_ALIGN to',
        text(({ align }) => align),
      ),
      rowOf(
        'CMSG_DATA at',
        text(({ data }) => data),
      ),
      ...counts.flatMap((count) => [
        rowOf(
          `CMSG_LEN(${count})`,
          text(({ LEN }) => LEN[count]),
        ),
        rowOf(
          `CMSG_SPACE(${count})`,
          text(({ SPACE }) => SPACE[count]),
        ),
      ]),
    ],
  };
}
