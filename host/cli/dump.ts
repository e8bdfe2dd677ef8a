import type { Command } from 'commander';
import { AncillaryError } from '../errors/error.js';
import type { DumpFormat } from '../model/dump/formats.js';
import { type Dump, readDump } from '../model/dump/read.js';
import { codecInstance } from '../wasm/instance.js';
import { type Input, openInput, textOf } from './input.js';

/** How help says what a dump may be; `walk` and `parse` have JSON Lines besides. */
export const DUMP_HELP = `
INPUT is the name of a file if there is one, - for standard input, or else the text itself. What begins with /, ./ or
../ is taken for text only if --format is given. A text is taken for the first of these that it has the marks of:
  strace  msg_control=[{cmsg_len=20, ...}], encoded for the ABI; or the one string of a call, write(1, "\\24\\0", 2)
  gdb     x/xb, x/xw, x/xg: words in the byte order of the ABI, as wide as they have digits; print, print/x
  xxd     lines with offsets: xxd, hexdump and its -C, od -t x1, tcpdump -x, Wireshark. Groups behind a colon are in the
          order of memory, others words in the byte order of the ABI; the lines that * stands for are filled in
  hex     1400 0000, 14:00, 0x14 0x00; a list 14, 00
  base64  base64 or base64url, from 16 characters on; shorter, or without its padding, only by --format
  c       "\\x14\\0", \\24\\0, b'\\x14', { 0x14, 20, 024, 'a' }, [20, 0]; without the NUL that C puts behind a string
What could be read in two ways, or was cut with ..., is refused. A dump has 1 MiB of bytes and 16 MiB of text at most.`;

/** A dump, and where it came from. */
export interface GivenDump extends Dump {
  source: string;
}

/** Reads the dump that an argument names or is; what cannot be read is wrong usage. */
export async function takeDump(
  command: Command,
  argument: string,
  abiId: string,
  format: DumpFormat | 'auto',
): Promise<GivenDump> {
  return dumpOf(command, openInput(argument, format !== 'auto'), argument, abiId, format);
}

/** Reads the dump of an input. */
export async function dumpOf(
  command: Command,
  input: Input,
  argument: string,
  abiId: string,
  format: DumpFormat | 'auto',
): Promise<GivenDump> {
  const text = await textOf(input);
  try {
    return { ...readDump(codecInstance(), abiId, text, format), source: input.source };
  } catch (error) {
    if (!(error instanceof AncillaryError)) throw error;
    // A missing file is the likelier mistake of the two.
    const reason = input.isArgument ? `there is no file of that name, and as text: ${error.message}` : error.message;
    const name = input.isArgument ? shorten(argument) : input.source;
    return command.error(`error: cannot read ${name}: ${reason}${adviceOn(text)}`, { exitCode: 2 });
  }
}

function shorten(argument: string): string {
  return argument.length > 40 ? `${argument.slice(0, 40)}...` : argument === '' ? "''" : argument;
}

/** The bytes themselves are no text of them. */
function adviceOn(text: string): string {
  return text.includes('\0') ? '; if these are the bytes themselves, give them through xxd -p' : '';
}

/** What JSON says of a dump. */
export function describeDump({ source, format, reading, bytes }: GivenDump) {
  return { source, format, reading, bytes: bytes.length };
}
