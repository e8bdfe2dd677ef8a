import { write } from 'node:fs';
import { promisify } from 'node:util';
import { escapeControls } from '../check/escape.js';
import { AncillaryError } from '../errors/error.js';
import { exactLength } from '../model/length.js';
import { untilEvent } from '../reactor/wait.js';

const writeFd = promisify(write);
export const STDOUT = 1;
export const STDERR = 2;
const NAMES: Record<number, string> = { [STDOUT]: 'standard output', [STDERR]: 'standard error' };

/**
 * Writes all of `content` to standard output, or to another descriptor, byte for byte. In a thread of the pool, not with
 * process.stdout, whose synchronous write to a full pipe would keep signals from being handled.
 */
export async function print(content: string | Uint8Array, fd = STDOUT): Promise<void> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  for (let done = 0; done < bytes.length; ) {
    try {
      done += (await writeFd(fd, bytes, done)).bytesWritten;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Somebody else made the pipe non-blocking: wait for room; the flag is theirs and stays.
      if (code === 'EAGAIN') await untilEvent(fd, 'write', 'writing');
      // A pipe, or a socket whose reader left bytes unread.
      else if (code === 'EPIPE' || code === 'ECONNRESET')
        throw new AncillaryError('EPIPE', 'the output was closed before all was written', { syscall: 'write' });
      else
        throw new AncillaryError(
          code ?? 'EIO',
          `cannot write to ${NAMES[fd] ?? 'the output'}: ${(error as Error).message}`,
          { syscall: 'write' },
        );
    }
  }
}

/** Prints lines of text: each is one line, whatever names and messages are in it. */
export function printLines(lines: readonly string[]): Promise<void> {
  return print(lines.map((line) => `${escapeControls(line)}\n`).join(''));
}

export function printJson(value: unknown): Promise<void> {
  return printLines([jsonOf(value)]);
}

/** The value as JSON; integers that a number would not hold exactly as `0x...`. */
export function jsonOf(value: unknown): string {
  return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? exactLength(each) : each));
}

/** Says one line on standard error. */
export function complain(text: string): void {
  writeError(`ancillary: ${escapeControls(text)}\n`);
}

/** Writes to standard error; where nothing can be written, the exit status alone says that something was wrong. */
export function writeError(text: string): void {
  if (process.stderr.listenerCount('error') === 0) process.stderr.on('error', () => undefined);
  process.stderr.write(text);
}
