import { readFileSync } from 'node:fs';
import { bytesOfHex } from '../../host/model/hex.js';
import { presentSizes, presentStruct, readLayout } from '../../host/model/layout.js';
import { listAbis } from '../../host/model/rows.js';
import { walkControl } from '../../host/model/walk.js';
import type { CodecInstance } from '../../host/wasm/instance.js';

/** Buffers on which walks disagree, and what each makes of them (tests/vectors/walk-examples.json). */
export interface WalkExamples {
  layouts: Record<string, WalkLayout>;
  /** A walk on a layout. */
  walkers: Record<string, [dialect: string, layout: string]>;
  /** `zeros`: so many bytes more. */
  examples: { name: string; control: string; zeros?: number; outcomes: WalkOutcome[] }[];
  smallest: Record<string, string>;
  pairs: Record<string, string>;
}

interface WalkLayout {
  word: number;
  endian: string;
  /** sizeof cmsg_len and of the header, CMSG_LEN(0), and what CMSG_ALIGN rounds to. */
  length: number;
  header: number;
  data: number;
  unit: number;
}

export interface WalkOutcome {
  headers: number[];
  end: string;
  at: number | string;
  reason?: string;
  walkers: string[];
}

/** A row of assembly/rows/walks.json. */
export interface WalkRow {
  id: string;
  like?: string;
  [word: string]: unknown;
}

// Tests run in the folder of the package, as scripts/test.mjs starts them.
const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

export const readWalkExamples = (): WalkExamples => readJson('tests/vectors/walk-examples.json');

export const readWalkRows = (): WalkRow[] => readJson('assembly/rows/walks.json').walks;

/** Whether a row says nothing but whose walk it is as well. */
export function isSameWalk(row: WalkRow): boolean {
  const texts = ['id', 'like', 'summary', 'source', 'restated'];
  return row.like !== undefined && Object.keys(row).every((word) => texts.includes(word));
}

/** The first ABI with that layout. */
export function findLayout(codec: CodecInstance, wanted: WalkLayout): string | undefined {
  return listAbis(codec)
    .filter(({ word, endian }) => word === wanted.word && endian === wanted.endian)
    .find(({ id }) => {
      const layout = readLayout(codec, id);
      if (layout.cmsg === 'absent') return false;
      const [{ size, fields }, { align, data }] = [presentStruct(layout, 'cmsghdr'), presentSizes(layout)];
      const found = [fields.cmsg_len?.size, size, data, align];
      return String(found) === String([wanted.length, wanted.header, wanted.data, wanted.unit]);
    })?.id;
}

/** What the walk makes of a buffer, in the words of an outcome. */
export function walkOutcome(codec: CodecInstance, abi: string, dialect: string, control: string, zeros = 0) {
  const bytes = bytesOfHex(control + '00'.repeat(zeros), 'control');
  const { headers, ...rest } = walkControl(codec, abi, bytes, { dialect });
  return { headers: headers.map(({ offset }) => offset), ...rest };
}
