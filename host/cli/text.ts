import { TextDecoder } from 'node:util';

/** The first two bytes of UTF-16 with a byte order mark, as PowerShell's redirection writes it. */
const UTF_16: Record<number, string> = { 65534: 'utf-16le', 65279: 'utf-16be' };

/** The chunks of a text as UTF-8: those of UTF-16 with a byte order mark are decoded, all others are passed on. */
export async function* utf8Of(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array(0);
  let decoder: TextDecoder | undefined;
  for await (let chunk of chunks) {
    if (head) {
      chunk = Buffer.concat([head, chunk]);
      // The first byte alone decides, unless it may begin such a mark: UTF-8 has neither.
      if (chunk.length === 0 || (chunk.length === 1 && (chunk[0] as number) >= 0xfe)) {
        head = chunk;
        continue;
      }
      head = undefined;
      const encoding = UTF_16[((chunk[0] as number) << 8) | (chunk[1] ?? 0)];
      if (encoding) decoder = new TextDecoder(encoding);
    }
    yield decoder ? Buffer.from(decoder.decode(chunk, { stream: true })) : chunk;
  }
  if (head?.length) yield head;
  if (decoder) yield Buffer.from(decoder.decode());
}
