/** What `strace -f -o` writes of several processes at once, as whole calls. */

/** One thing that strace tells of a process or thread. */
export type TraceEvent = {
  pid: number;
  /** Its name, as -Y shows it. */
  command?: string;
} & ({ kind: 'call'; text: string } | { kind: 'end'; code?: number; signal?: string });

const LINE = /^(\d+)(?:<([^>]*)>)? +(.*)$/s;
const UNFINISHED = /<unfinished \.\.\.>$/;
const RESUMED = /^<\.\.\. \w+ resumed>(.*)$/s;
const ENDED = /^\+\+\+ (?:exited with (\d+)|killed by (\w+))/;

/**
 * Joins what strace tells in two lines, because others did something meanwhile: `recvmsg(3, <unfinished ...>` and, later,
 * `<... recvmsg resumed>{...}, 0) = 5`.
 */
export class TraceJoiner {
  /** The beginnings of calls that are going on, by their thread. */
  readonly #begun = new Map<number, string>();

  /** What a line tells, if it is all that there is to tell. */
  take(line: string): TraceEvent | undefined {
    const [, number, name, rest = ''] = LINE.exec(line) ?? [];
    if (number === undefined) return undefined;
    const pid = Number(number);
    const who = { pid, ...(name ? { command: unescapeHex(name) } : {}) };
    if (rest.startsWith('+++ ')) {
      this.#begun.delete(pid);
      const [, code, signal] = ENDED.exec(rest) ?? [];
      if (code !== undefined) return { ...who, kind: 'end', code: Number(code) };
      return signal === undefined ? undefined : { ...who, kind: 'end', signal };
    }
    const resumed = RESUMED.exec(rest)?.[1];
    const text = resumed === undefined ? rest : (this.#begun.get(pid) ?? '') + resumed;
    this.#begun.delete(pid);
    if (UNFINISHED.test(text)) {
      this.#begun.set(pid, text.replace(UNFINISHED, ''));
      return undefined;
    }
    return /^\w+\(/.test(text) ? { ...who, kind: 'call', text } : undefined;
  }
}

/** `\x2f\x74` of -xx as the text that it is; what is no UTF-8 becomes U+FFFD. */
export function unescapeHex(text: string): string {
  return text.replace(/(?:\\x[0-9a-f]{2})+/g, (run) => {
    const bytes = run.match(/[0-9a-f]{2}/g) ?? [];
    return new TextDecoder().decode(Uint8Array.from(bytes, (digits) => Number.parseInt(digits, 16)));
  });
}
