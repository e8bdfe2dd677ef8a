/** A drawing that nothing has printed yet: rows of cells, each with a role that a printer turns into a colour. */

/** What a cell shows. Of a message: its fields; of a comparison: what differs; and what stands around them. */
export type Role =
  | 'length'
  | 'level'
  | 'type'
  | 'payload'
  | 'pad'
  | 'problem'
  | 'different'
  | 'title'
  | 'offset'
  | 'text';

export interface Cell {
  text: string;
  role: Role;
  /** Stands to the right of its column, as numbers do. */
  right?: boolean;
}

/** Rows whose columns are aligned with each other, below a title. */
export interface Block {
  title?: Cell[];
  rows: Cell[][];
  /** An arrow leads here from the block above, and this stands beside it. */
  arrow?: string;
  /** So many steps to the right of the edge. */
  level?: number;
}

export type Drawing = Block[];

export function cell(text: string | number, role: Role = 'text'): Cell {
  return typeof text === 'number' ? { text: String(text), role, right: true } : { text, role };
}
