import { wrongAt } from './place.js';

/** A line of a dump: what stands before its bytes, and how many bytes those are. */
export interface OffsetLine {
  /** Where it begins in the text. */
  at: number;
  /** The digits of its offset. */
  offset: string;
  /** Bytes on it; 0 for the last one, which hexdump and od end with. */
  size: number;
  /** Whether a `*` stood before it: lines equal to the one before were left out. */
  afterRepeats: boolean;
}

const PREFIXES = { 16: '0x', 8: '0o', 10: '' } as const;
export type Base = keyof typeof PREFIXES;
const NAMES: Record<Base, string> = { 16: 'hexadecimal', 8: 'octal', 10: 'decimal' };

/** How the offsets of a dump read. */
export interface Offsets {
  base: string;
  /** For each line how many lines like the one before it were left out. */
  repeats: number[];
  /** How many of the last bytes lie behind the end that the last line states: they fill a word. */
  excess: number;
}

/**
 * Finds the base in which the offsets go on by exactly as many bytes as stand on the lines: what would be read wrong, or
 * is missing, does not. `bases` are those that the tool may have used.
 */
export function readOffsets(
  text: string,
  lines: readonly OffsetLine[],
  wordSize: number,
  bases: readonly Base[],
): Offsets {
  const fitting: Offsets[] = [];
  let first: number | undefined;
  for (const base of bases) {
    const found = tryBase(lines, base, wordSize);
    if (typeof found === 'number') first = Math.max(first ?? 0, found);
    else fitting.push(found);
  }
  const [offsets, other] = fitting;
  if (offsets === undefined) throw wrongOffset(text, lines[first ?? 0] as OffsetLine);
  const total = ({ repeats }: Offsets) => repeats.reduce((sum, count) => sum + count, 0);
  if (other && total(other) !== total(offsets)) {
    const starred = lines.find(({ afterRepeats }) => afterRepeats) as OffsetLine;
    throw wrongAt(
      text,
      starred.at,
      `the offset ${starred.offset} behind '*' may be ${offsets.base} or ${other.base}: dump again with -v, which repeats`,
    );
  }
  return offsets;
}

/** The reading in one base, or the index of the first line that does not fit it. */
function tryBase(lines: readonly OffsetLine[], base: Base, wordSize: number): Offsets | number {
  const repeats: number[] = [];
  let excess = 0;
  let previous: { offset: bigint; size: bigint } | undefined;
  for (const [i, line] of lines.entries()) {
    const offset = numberOf(line.offset, base);
    if (offset === undefined) return i;
    let count = 0n;
    if (previous) {
      const gap = offset - previous.offset - previous.size;
      if (line.afterRepeats) {
        if (gap <= 0n || gap % previous.size !== 0n) return i;
        count = gap / previous.size;
      } else if (line.size === 0 && gap <= 0n && gap > -BigInt(wordSize)) excess = Number(-gap);
      else if (gap !== 0n) return i;
    }
    repeats.push(Number(count));
    previous = { offset, size: BigInt(line.size) };
  }
  return { base: NAMES[base], repeats, excess };
}

function numberOf(digits: string, base: Base): bigint | undefined {
  try {
    return BigInt(PREFIXES[base] + digits);
  } catch {
    return undefined;
  }
}

function wrongOffset(text: string, line: OffsetLine) {
  return wrongAt(
    text,
    line.at,
    `the offset ${line.offset} is not where the bytes before it end: a line is missing, or has bytes in another form ` +
      '(od -t x1, hexdump -C and xxd -g 1 print what is read here)',
  );
}
