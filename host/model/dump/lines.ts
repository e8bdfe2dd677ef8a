import { invalidArgument } from '../../errors/error.js';
import { addDigits, digitOf } from './hex.js';
import { type Base, type OffsetLine, readOffsets } from './offsets.js';
import { showAt, wrongAt } from './place.js';
import { type ByteSink, MOST_BYTES, tooManyBytes } from './sink.js';

/** Words of a group by its number of digits: hexadecimal, and octal as od prints it. */
const HEX_SIZES: Record<number, number> = { 2: 1, 4: 2, 8: 4, 16: 8 };
const OCTAL_SIZES: Record<number, number> = { 3: 1, 6: 2, 11: 4, 22: 8 };

/** What begins a line: strace's bar, an offset, a colon. */
const START = /^(\s*\|)?(\s*)(0x)?([0-9a-f]{4,16})(:)?(?=\s|$)/i;
/** Columns of the bytes behind a bar, as strace dumps what is written. */
const BAR_WIDTH = 52;

interface DumpLine extends OffsetLine {
  colon: boolean;
  /** Where each group of digits begins, and the digits. */
  groups: { at: number; digits: string }[];
  /** How many digits they have together. */
  digits: number;
  ascii: string;
}

/** What readLines has to know besides the text. */
export interface LineOptions {
  bigEndian: boolean;
  /** Whether groups behind a colon are in the order of memory even where nothing shows it. */
  ordered: boolean;
}

/**
 * Reads lines that begin with an offset: xxd, hexdump -C and its other forms, od -t x1 and other words, tcpdump -x,
 * Wireshark, strace -e write. Groups of several bytes are in the order of memory behind a colon, else words of the
 * target. Lines that `*` stands for are filled in, where the offsets say how many they are.
 */
export function readLines(text: string, sink: ByteSink, { bigEndian, ordered }: LineOptions): string {
  const lines = splitLines(text);
  const [first] = lines;
  if (!first) throw invalidArgument('no line begins with an offset, as those of xxd, hexdump and od do');
  const { wordSize, octal, inOrder } = formOf(text, lines);
  const swapped = inOrder && !ordered && isReversed(text, lines);
  for (const line of lines) line.size = sizeOf(text, line, wordSize, octal, inOrder);
  const { base, repeats, excess } = readOffsets(text, lines, inOrder ? 1 : wordSize, basesOf(first));
  for (const [i, line] of lines.entries()) {
    sink.repeat(lines[i - 1]?.size ?? 0, repeats[i] ?? 0);
    for (const { at, digits } of line.groups) {
      if (inOrder && !swapped) addDigits(digits, sink);
      else if (swapped) sink.addWord(BigInt(`0x${digits}`), digits.length / 2, false);
      else sink.addWord(wordOf(text, at, digits, wordSize, octal), wordSize, bigEndian);
    }
  }
  sink.drop(excess);
  return describe(base, inOrder && !swapped ? 1 : wordSize, octal, swapped ? false : bigEndian);
}

/**
 * The bases that the tool may print offsets in: behind a colon (xxd) not octal. Seven digits are od's, in octal or decimal;
 * hexdump has seven too before words of its two forms without characters.
 */
function basesOf({ colon, offset, groups }: DumpLine): readonly Base[] {
  if (colon) return [16, 10];
  if (offset.length !== 7) return [16];
  return [3, 4].includes(groups[0]?.digits.length ?? 0) ? [16, 8, 10] : [8, 10];
}

function describe(base: string, wordSize: number, octal: boolean, bigEndian: boolean): string {
  const what = wordSize === 1 ? 'bytes' : `${wordSize}-byte words, ${bigEndian ? 'big' : 'little'}-endian,`;
  return `lines of ${octal ? 'octal ' : ''}${what} behind ${base} offsets`;
}

/**
 * Whether a text has lines that begin with an offset: by a colon, a bar or the characters behind the bytes; else by a
 * first group longer than the others, all alike, that grows from line to line. A lone line shows that by an offset of
 * 0 or of an odd number of digits: 'maybe' is one that may be digits in blanks as well.
 */
export function looksLikeLines(text: string): 'yes' | 'no' | 'maybe' {
  const lines = text
    .slice(0, 4096)
    .split(/\r\n?|\n/, 64)
    .filter((line) => line.trim() !== '' && line.trim() !== '*');
  const [first = '', second] = lines;
  const start = START.exec(first);
  if (!start) return 'no';
  const [whole, bar, , prefix, offset = '', colon] = start;
  if (colon || bar || /\|.*\|\s*$|>.*<\s*$/.test(first)) return 'yes';
  const [group = '', ...others] = hexGroups(first.slice(whole.length));
  const isAlike = others.every(({ length }) => length === group.length);
  if (prefix || group === '' || !isAlike || group.length === offset.length) return 'no';
  const next = START.exec(second ?? '')?.[4];
  if (second !== undefined) return next !== undefined && next.length === offset.length && next > offset ? 'yes' : 'no';
  if (offset.length < group.length) return 'no';
  return /^0+$/.test(offset) || offset.length % 2 === 1 ? 'yes' : 'maybe';
}

/** The groups of hexadecimal digits that a line begins with. */
function hexGroups(line: string): string[] {
  const groups = line.trim().split(/\s+/);
  const end = groups.findIndex((group) => !/^[0-9a-f]+$/i.test(group));
  return end < 0 ? groups : groups.slice(0, end);
}

function splitLines(text: string): DumpLine[] {
  const lines: DumpLine[] = [];
  let afterRepeats = false;
  let ended = false;
  let digits = 0;
  for (let at = 0; at < text.length; ) {
    const end = endOfLine(text, at);
    const line = text.slice(at, end);
    if (line.trim() === '*') {
      if (afterRepeats || lines.length === 0) throw wrongAt(text, at, "'*' stands for lines like the one before it");
      afterRepeats = true;
    } else if (line.trim() !== '') {
      if (ended) throw wrongAt(text, at, 'a line behind the last offset: give one dump at a time');
      const found = splitLine(text, line, at, afterRepeats);
      ended = found.groups.length === 0;
      digits += found.digits;
      // A byte has two digits behind a colon, three at most elsewhere.
      if (digits > (found.colon ? 2 : 3) * MOST_BYTES) throw tooManyBytes();
      lines.push(found);
      afterRepeats = false;
    }
    at = end + (text.startsWith('\r\n', end) ? 2 : 1);
  }
  if (afterRepeats)
    throw wrongAt(text, text.length, "behind '*' the offset is missing that tells how many lines it is");
  return lines;
}

function endOfLine(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x0a || unit === 0x0d) return i;
  }
  return text.length;
}

function splitLine(text: string, line: string, at: number, afterRepeats: boolean): DumpLine {
  const start = START.exec(line);
  if (!start) {
    const blanks = line.length - line.trimStart().length;
    throw wrongAt(text, at + blanks, 'the line does not begin with an offset, as the others do');
  }
  const [whole, bar, , , offset = '', colon] = start;
  const { groups, digits, end } = groupsOf(text, line, at, whole.length, {
    colon: Boolean(colon),
    bar: Boolean(bar),
    offsetSize: offset.length,
  });
  return { at, offset, colon: Boolean(colon), groups, digits, ascii: line.slice(end).trim(), size: 0, afterRepeats };
}

/** The groups of digits behind the offset, up to the characters that many tools show behind them. */
function groupsOf(
  text: string,
  line: string,
  at: number,
  from: number,
  { colon, bar, offsetSize }: { colon: boolean; bar: boolean; offsetSize: number },
) {
  const groups: { at: number; digits: string }[] = [];
  let i = from;
  let end = from;
  let digits = 0;
  while (i < line.length) {
    const blanks = i;
    while (/\s/.test(line[i] ?? '')) i++;
    if (i === line.length) break;
    const size = groups[0]?.digits.length ?? 0;
    const gap = i - blanks;
    if ('|>'.includes(line[i] as string) || (bar && i >= from + BAR_WIDTH)) break;
    if (gap > 1 && (colon || size === 2) && size > 0 && !bar && isText(line.slice(i).trim(), groups)) break;
    // od -t x1 has one blank between its bytes, od -t u1 and d1 have more.
    if (gap > 1 && !colon && size === 2 && (offsetSize === 6 || offsetSize === 7)) {
      throw wrongAt(text, at + i, 'decimal numbers of od are not read: dump again with od -t x1');
    }
    const begin = i;
    while (digitOf(line.charCodeAt(i)) >= 0) i++;
    if (i === begin || (i < line.length && !/\s/.test(line[i] as string))) {
      throw wrongAt(text, at + i, `${showAt(text, at + i)} is no hexadecimal digit`);
    }
    groups.push({ at: at + begin, digits: line.slice(begin, i) });
    digits += i - begin;
    if (digits > 3 * MOST_BYTES) throw tooManyBytes();
    end = i;
  }
  return { groups, digits, end };
}

/**
 * Whether what stands behind two blanks is the characters of the bytes before it, and not more bytes behind a gap: bytes
 * have the form of those before, and are the characters all the same if these are spelt so.
 */
function isText(rest: string, groups: readonly { digits: string }[]): boolean {
  const width = groups[0]?.digits.length ?? 0;
  const [first = ''] = rest.split(/\s/, 1);
  // The last group may be shorter.
  if (first.length > width || !/^([0-9a-f]{2})+$/i.test(first)) return true;
  const pairs = groups.map(({ digits }) => digits.match(/../g) ?? []);
  return (
    shows(rest, pairs.flat()) ||
    shows(
      rest,
      pairs.flatMap((group) => [...group].reverse()),
    )
  );
}

/** What the groups are: their word size, and whether they are in the order of memory. */
function formOf(text: string, lines: readonly DumpLine[]) {
  const [first] = lines as [DumpLine];
  const width = first.groups[0]?.digits.length ?? 2;
  const inOrder = first.colon;
  if (inOrder && width % 2 === 0) return { wordSize: width / 2, octal: false, inOrder };
  const wordSize = HEX_SIZES[width] ?? OCTAL_SIZES[width];
  if (wordSize === undefined) {
    throw wrongAt(
      text,
      first.groups[0]?.at ?? first.at,
      `a group of ${width} digits is neither hexadecimal nor octal: dump again with xxd, hexdump -C or od -t x1`,
    );
  }
  return { wordSize, octal: HEX_SIZES[width] === undefined, inOrder: wordSize === 1 && HEX_SIZES[width] !== undefined };
}

/** The bytes of a line, whose groups must all be alike; only the last of a dump in the order of memory may be shorter. */
function sizeOf(text: string, line: DumpLine, wordSize: number, octal: boolean, inOrder: boolean): number {
  const width = octal
    ? Number(Object.keys(OCTAL_SIZES).find((key) => OCTAL_SIZES[Number(key)] === wordSize))
    : 2 * wordSize;
  for (const [i, { at, digits }] of line.groups.entries()) {
    const isShorter = inOrder && i === line.groups.length - 1 && digits.length < width && digits.length % 2 === 0;
    if (digits.length !== width && !isShorter) {
      throw wrongAt(
        text,
        at,
        `the group '${digits.slice(0, 24)}' has ${digits.length} digits, those before it ${width}`,
      );
    }
  }
  return inOrder ? line.groups.reduce((sum, { digits }) => sum + digits.length / 2, 0) : line.groups.length * wordSize;
}

function wordOf(text: string, at: number, digits: string, size: number, octal: boolean): bigint {
  if (!octal) return BigInt(`0x${digits}`);
  if (/[89a-f]/i.test(digits)) throw wrongAt(text, at, `'${digits}' is no octal number`);
  const word = BigInt(`0o${digits}`);
  if (word >> BigInt(8 * size) !== 0n) throw wrongAt(text, at, `'${digits}' is more than ${size} bytes hold`);
  return word;
}

/**
 * Whether groups of four bytes and more were printed by `xxd -e`, which turns each around. Only the characters behind
 * them show it: where they do not, nothing can.
 */
function isReversed(text: string, lines: readonly DumpLine[]): boolean {
  const [first] = lines as [DumpLine];
  if ((first.groups[0]?.digits.length ?? 0) < 8) return false;
  let forward = true;
  let backward = true;
  let differs = false;
  for (const { groups, ascii, colon } of lines) {
    if (!colon) continue;
    const pairs = groups.map(({ digits }) => digits.match(/../g) ?? []);
    const turned = pairs.map((group) => [...group].reverse());
    differs ||= pairs.flat().join() !== turned.flat().join();
    forward &&= shows(ascii, pairs.flat());
    backward &&= shows(ascii, turned.flat());
  }
  if (forward && (!differs || !backward)) return false;
  if (backward && !forward) return true;
  throw wrongAt(
    text,
    first.groups[0]?.at ?? first.at,
    'groups of four bytes and more may be in the order of memory, or turned around by xxd -e: ' +
      'dump again with xxd -g 1, or say --format xxd for the order of memory',
  );
}

/** Whether the characters behind the bytes are theirs: `.` for all that is not printable ASCII. */
function shows(ascii: string, pairs: readonly string[]): boolean {
  if (ascii === '') return true;
  const expected = pairs.map((pair) => {
    const byte = Number.parseInt(pair, 16);
    return byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : byte === 0x20 ? ' ' : '.';
  });
  return expected.join('').trim() === ascii;
}
