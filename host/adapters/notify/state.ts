import { invalidArgument, show } from '../base.js';

/**
 * What is told: lines of `NAME=value`, or an object of them. `{ READY: 1, STATUS: 'serving' }` is `READY=1` and
 * `STATUS=serving`; a boolean is 1 or 0, `undefined` is left out.
 */
export type NotifyState = string | { readonly [name: string]: string | number | boolean | undefined };

/** A manager ignores what is longer (NOTIFY_BUFFER_MAX of systemd is PIPE_BUF). */
const MOST_BYTES = 4096;
/** FDNAME_MAX of systemd. */
const MOST_NAME = 255;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The lines of a state, each without its newline; throws for what would be read as something else. */
export function linesOf(state: NotifyState): string[] {
  if (typeof state === 'string') {
    const lines = state.split('\n').filter((line) => line !== '');
    for (const line of lines) checkLine(line);
    return lines;
  }
  if (typeof state !== 'object' || state === null || Array.isArray(state)) {
    throw invalidArgument(`the state must be a string or an object like { READY: 1 }, not ${show(state)}`);
  }
  const lines: string[] = [];
  for (const [name, value] of Object.entries(state)) {
    if (value === undefined) continue;
    const line = `${name}=${textOf(name, value)}`;
    checkLine(line);
    if (line.includes('\n'))
      throw invalidArgument(`${name} has a newline, which would begin another line: ${show(value)}`);
    lines.push(line);
  }
  return lines;
}

function textOf(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  throw invalidArgument(`${name} must be a string, a finite number or a boolean, not ${show(value)}`);
}

function checkLine(line: string): void {
  const [name = ''] = line.split('=', 1);
  if (!line.includes('=') || !NAME.test(name)) {
    throw invalidArgument(`a line of the state must be NAME=value, like READY=1, not ${show(line)}`);
  }
  if (line.includes('\0'))
    throw invalidArgument(`${name} has a NUL, at which a manager would stop reading: ${show(line)}`);
}

/** The lines, and those that go with descriptors: what they are kept as, or which are to be given up. */
export function withDescriptors(lines: string[], count: number, fdName: unknown): string[] {
  const all = [...lines];
  const has = (name: string) => all.some((line) => line.startsWith(`${name}=`));
  if (has('BARRIER')) throw invalidArgument('BARRIER in the state: it needs a pipe, which { barrier: true } makes');
  // A manager closes descriptors at once that come with anything else.
  if (count > 0 && !has('FDSTORE')) all.push('FDSTORE=1');
  if (count === 0 && lines.includes('FDSTORE=1'))
    throw invalidArgument('FDSTORE=1 without fds: there is nothing to keep');
  if (lines.includes('FDSTOREREMOVE=1') && fdName === undefined && !has('FDNAME')) {
    throw invalidArgument('FDSTOREREMOVE=1 without a name: say which with fdName');
  }
  if (fdName === undefined) return all;
  checkFdName(fdName);
  if (has('FDNAME')) throw invalidArgument('there is an FDNAME in the state, and fdName: say it once');
  if (count === 0 && !has('FDSTOREREMOVE')) throw invalidArgument('fdName without fds and FDSTOREREMOVE names nothing');
  return [...all, `FDNAME=${fdName}`];
}

/** As fdname_is_valid of systemd: it would ignore another one. */
function checkFdName(name: unknown): void {
  const isValid = typeof name === 'string' && name.length <= MOST_NAME && /^[\x20-\x39\x3b-\x7e]*$/.test(name);
  if (!isValid)
    throw invalidArgument(
      `fdName must be at most ${MOST_NAME} printable ASCII characters and no colon, not ${show(name)}`,
    );
}

/** The bytes of a message of these lines. */
export function encodeLines(lines: readonly string[]): Buffer {
  const message = Buffer.from(lines.join('\n'));
  if (message.length === 0) throw invalidArgument('the state is empty: there is nothing to tell');
  if (message.length > MOST_BYTES) {
    throw invalidArgument(`a state of ${message.length} bytes; a manager ignores more than ${MOST_BYTES}: shorten it`);
  }
  return message;
}
