/** The options of `ancillary send` that say what a message holds. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { ID_MAX, INT_MAX } from '../check/values.js';
import { AncillaryError } from '../errors/error.js';
import { SCM_MAX_FD, SOL_SOCKET } from '../libc/constants.js';
import type { ControlMessage } from '../model/encode.js';
import { bytesOfHex } from '../model/hex.js';
import { encodeFurther } from '../socket/frame/control.js';
import type { Credentials } from '../socket/frame/frame.js';
import { controlMessagesOf } from './answers.js';
import { openFile } from './input.js';

export interface MessageOptions {
  data?: string;
  hex?: Uint8Array;
  dataFile?: string;
  lines?: true;
  pass?: number[];
  credentials?: true | Credentials;
  control?: ControlMessage[];
}

const NAMES = { data: '--data', hex: '--hex', dataFile: '--data-file' } as const;
const SCM_RIGHTS = 1;
/** A line that is longer fits into no record, and is hardly meant. */
const LONGEST = 4 * 1024 * 1024;
const NEWLINE = 0x0a;

/** Adds the options. */
export function addMessageOptions(command: Command): Command {
  return command
    .option('--data <text>', 'the data, as UTF-8')
    .option('--hex <bytes>', 'the data, in hexadecimal digits', hexBytes)
    .option('--data-file <file>', 'the data is what this file holds, - is standard input')
    .option('--lines', 'a message for each line of --data-file; default: of standard input')
    .option('--pass <n>', 'pass this inherited descriptor, behind the files; may be repeated', addNumber)
    .addOption(
      new Option('--credentials [pid:uid:gid]', 'state credentials, by default one’s own').argParser(credentials),
    )
    .option('--control <json>', 'further control messages, as `ancillary encode` takes them', controlMessages);
}

/** The options of these that have been given. */
export function givenMessageOptions(options: MessageOptions): string[] {
  const { data, hex, dataFile, lines, pass, credentials, control } = options;
  const named = { ...namedOf({ data, hex, dataFile }), '--lines': lines, '--pass': pass };
  return Object.entries({ ...named, '--credentials': credentials, '--control': control })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
}

function namedOf(options: Record<keyof typeof NAMES, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(NAMES).map(([key, name]) => [name, options[key as keyof typeof NAMES]]));
}

/** What is wrong with the options together, if anything. */
export function problemOf(options: MessageOptions): string | undefined {
  const given = givenMessageOptions(options).filter((name) => Object.values(NAMES).some((each) => each === name));
  if (given.length > 1) return `${given.join(' and ')} are too much: a message has one data`;
  if (options.lines && options.dataFile === undefined && given.length > 0) {
    return `--lines is for --data-file or standard input, not for ${given[0]}`;
  }
  return undefined;
}

/** The data of the one message; undefined for lines, and where no option says it. */
export async function readData({
  data,
  hex,
  dataFile,
  lines,
}: MessageOptions): Promise<Uint8Array | string | undefined> {
  if (lines) return undefined;
  return dataFile === undefined ? (hex ?? data) : allOf(dataFile);
}

/** The data of each message with --lines, as they come. `isRecord`: a line needs no newline to be told by. */
export function readLines({ dataFile }: MessageOptions, isRecord: boolean): AsyncGenerator<Uint8Array> {
  return linesOf(openFile(dataFile ?? '-').chunks, isRecord);
}

async function allOf(file: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of openFile(file).chunks) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The lines of an input byte for byte, as they come. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>, isRecord: boolean): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      yield Buffer.concat([...rest, chunk.subarray(start, isRecord ? end : end + 1)]);
      rest = [];
      size = 0;
      start = end + 1;
    }
    size += chunk.length - start;
    if (size > LONGEST) throw new AncillaryError('ERR_TOO_LARGE', `a line of more than ${LONGEST} bytes is no message`);
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
  if (size > 0) yield Buffer.concat(rest);
}

function hexBytes(text: string): Uint8Array {
  return attempt(() => bytesOfHex(text.replace(/[:\s]/g, ''), 'It'));
}

function addNumber(text: string, before: number[] = []): number[] {
  const numbers = text.split(',').map((each) => {
    if (/^(0|[1-9][0-9]{0,9})$/.test(each) && Number(each) <= INT_MAX) return Number(each);
    throw new InvalidArgumentError('It must be the number of a descriptor, such as 3 after 3<FILE in a shell.');
  });
  const all = [...before, ...numbers];
  if (all.length > SCM_MAX_FD) throw new InvalidArgumentError(`Linux passes at most ${SCM_MAX_FD} in one message.`);
  return all;
}

function credentials(text: string): Credentials {
  const [pid, uid, gid] = (/^(\d{1,10}):(\d{1,10}):(\d{1,10})$/.exec(text) ?? []).slice(1).map(Number);
  if (pid === undefined || uid === undefined || gid === undefined || pid > INT_MAX || uid > ID_MAX || gid > ID_MAX) {
    throw new InvalidArgumentError('It must be three numbers, PID:UID:GID; without them, options or -- must follow.');
  }
  return { pid, uid, gid };
}

/** Encoded once here, so that what cannot be meant is wrong usage. */
function controlMessages(text: string): ControlMessage[] {
  return attempt(() => {
    const given: unknown = JSON.parse(text);
    const messages = controlMessagesOf(Array.isArray(given) ? given : [given]);
    for (const message of messages as unknown as Record<string, unknown>[]) {
      const isRights = message?.level === SOL_SOCKET && message?.type === SCM_RIGHTS;
      if (isRights || (typeof message === 'object' && message !== null && 'fds' in message)) {
        throw new InvalidArgumentError('Descriptors go as FILE or --pass.');
      }
    }
    encodeFurther(messages);
    return messages;
  });
}

function attempt<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof SyntaxError) throw new InvalidArgumentError(`It is not JSON: ${error.message}`);
    if (error instanceof AncillaryError) throw new InvalidArgumentError(`${error.message}.`);
    throw error;
  }
}
