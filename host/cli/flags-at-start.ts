import { readFileSync } from 'node:fs';

/**
 * The flags of standard input, output and error when the command was started, -1 where they cannot be told. Read before
 * anything else is loaded: modules of Node's own that others load look whether standard error is a terminal, and that
 * sets O_NONBLOCK on a pipe.
 */
export const flagsAtStart: readonly number[] = [0, 1, 2].map((fd) => {
  try {
    const [, flags = ''] = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1')) ?? [];
    return flags === '' ? -1 : Number.parseInt(flags, 8);
  } catch {
    return -1;
  }
});
