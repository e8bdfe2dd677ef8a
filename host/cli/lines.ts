import { utf8Of } from './text.js';

/** Longer lines are not kept: the codec's memory holds less than their half. */
export const LONGEST = 4 * 1024 * 1024;

const NEWLINE = 0x0a;
/** A byte order mark: where files were joined, it begins a line behind the first too. */
const MARK = /^\ufeff/;
/** What tools of Windows leave behind the last newline: the end of a file, as DOS marked it. */
const REST = ['', '\x1a'];

/**
 * The lines of a text in chunks, as many at a time as came together; undefined for one that is too long. They may end
 * in CRLF or LF, the last in nothing; the text may be UTF-8, or UTF-16 with a byte order mark.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<(string | undefined)[]> {
  const line = new Line();
  for await (const chunk of utf8Of(chunks)) {
    const lines: (string | undefined)[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      line.add(chunk.subarray(start, end));
      lines.push(line.take());
      start = end + 1;
    }
    line.add(chunk.subarray(start));
    if (lines.length > 0) yield lines;
  }
  const last = line.take();
  if (last === undefined || !REST.includes(last)) yield [last];
}

/** A line that comes in parts. */
class Line {
  #parts: Uint8Array[] = [];
  #size = 0;

  add(part: Uint8Array): void {
    this.#size += part.length;
    if (this.#size <= LONGEST) this.#parts.push(part);
    else this.#parts = [];
  }

  /** The line, and a new one is begun; undefined if it was too long. */
  take(): string | undefined {
    const line = this.#size <= LONGEST ? Buffer.concat(this.#parts).toString().replace(MARK, '') : undefined;
    this.#parts = [];
    this.#size = 0;
    return line?.endsWith('\r') ? line.slice(0, -1) : line;
  }
}
