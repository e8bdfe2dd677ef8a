/**
 * Internet addresses as text: `127.0.0.1`, `2001:db8::1`. Without regular expressions: sends ask here for their receiver,
 * and V8 ends the process where it is to compile one at the end of the stack.
 */

const HEX = '0123456789abcdefABCDEF';

/** The address in 4 bytes. */
export function formatIpv4(bytes: Uint8Array): string {
  return bytes.join('.');
}

/** The 4 bytes of an address, or undefined if the text is none. */
export function parseIpv4(text: string): number[] | undefined {
  const parts = text.split('.', 5);
  const bytes = parts.map(Number);
  // As it would be written: a leading zero is octal to some readers.
  const isPlain = bytes.every((byte, i) => byte >= 0 && byte <= 255 && String(byte) === parts[i]);
  return isPlain && bytes.length === 4 ? bytes : undefined;
}

/** The address in 16 bytes, as RFC 5952 writes it: lower case, the longest run of zeros left out. */
export function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] as number) << 8) | (bytes[2 * i + 1] as number));
  let run = { start: 0, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > run.length) run = { start, length };
  }
  const text = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  if (run.length < 2) return text(0, 8);
  return `${text(0, run.start)}::${text(run.start + run.length, 8)}`;
}

/** The 16 bytes of an address, or undefined if the text is none. */
export function parseIpv6(text: string): number[] | undefined {
  const [head = '', tail, more] = text.split('::');
  if (more !== undefined) return undefined;
  const before = groupsOf(head, tail === undefined);
  const behind = tail === undefined ? [] : groupsOf(tail, true);
  if (!before || !behind) return undefined;
  const missing = 8 - before.length - behind.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...before, ...new Array<number>(missing).fill(0), ...behind];
  return groups.flatMap((group) => [group >> 8, group & 0xff]);
}

/** The groups of a part without `::`; the last two of the address may be written as an IPv4 address. */
function groupsOf(text: string, isLast: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    const ipv4 = isLast && i === parts.length - 1 ? parseIpv4(part) : undefined;
    if (ipv4) {
      const [a = 0, b = 0, c = 0, d = 0] = ipv4;
      groups.push((a << 8) | b, (c << 8) | d);
    } else if (part.length > 0 && part.length <= 4 && [...part].every((digit) => HEX.includes(digit))) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return groups;
}
