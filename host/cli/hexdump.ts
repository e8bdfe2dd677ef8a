/** So many bytes stand in a line. */
const WIDTH = 16;

/** The lines of a dump: offset, bytes, and what of them is printable ASCII; as `hexdump -C` has it. */
export function hexdump(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += WIDTH) {
    const part = Array.from(bytes.subarray(at, at + WIDTH));
    const hex = part.map((byte, i) => `${i === WIDTH / 2 ? ' ' : ''}${byte.toString(16).padStart(2, '0')}`).join(' ');
    const text = part.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(3 * WIDTH)}  |${text}|`);
  }
  return lines;
}
