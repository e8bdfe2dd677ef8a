/** A call that strace has shown, drawn: what it moved between whom, and every byte of its control messages. */
import { AncillaryError } from '../errors/error.js';
import { readStraceControl } from '../model/dump/strace.js';
import type { TracedCall, TracedMessage } from '../model/trace/call.js';
import { namesOfFlags } from '../model/trace/flags.js';
import { unescapeHex } from '../model/trace/lines.js';
import type { CodecInstance } from '../wasm/instance.js';
import { drawControl } from './control.js';
import { type Block, type Cell, cell, type Role } from './drawing.js';

/** Who calls. */
export interface Caller {
  pid: number;
  command?: string;
}

/** Blocks one below the other, each that many blanks to the right of the edge. */
export type IndentedDrawing = { indent: number; block: Block }[];

/** So many bytes of data are shown. */
const PREVIEW = 64;
/** So much of what strace says is shown where it is not understood. */
const MOST_TEXT = 200;
/** Data or messages were lost. */
const LOSSES = ['MSG_TRUNC', 'MSG_CTRUNC'];

export function drawTracedCall(codec: CodecInstance, abiId: string, caller: Caller, call: TracedCall): IndentedDrawing {
  const { messages, name } = call;
  const heading = { indent: 0, block: { title: headingOf(codec, abiId, caller, call), rows: [] } };
  if (call.fd === undefined) return [heading, { indent: 2, block: { rows: [[cell(shorten(call.text))]] } }];
  return [
    heading,
    ...messages.flatMap((message, i) =>
      drawMessage(codec, abiId, call, message, name.includes('mmsg') ? `[${i}] ` : ''),
    ),
  ];
}

function headingOf(codec: CodecInstance, abiId: string, { pid, command }: Caller, call: TracedCall): Cell[] {
  const { name, fd, file, flags, result, error } = call;
  const names = namesOfFlags(codec, abiId, flags);
  const socket = file === undefined ? `${fd}` : `${fd} ${unescapeHex(file)}`;
  const inside = fd === undefined ? ' ... ' : [socket, ...(names.length > 0 ? [names.join('|')] : [])].join(', ');
  return [
    cell(command === undefined ? `${pid}` : `${pid} ${command}`, 'offset'),
    cell(`${name}(${inside})`, 'title'),
    error === undefined ? cell(`= ${result ?? 'did not return'}`) : cell(`= ${error}`, 'problem'),
  ];
}

function drawMessage(
  codec: CodecInstance,
  abiId: string,
  { direction, text, result = -1 }: TracedCall,
  message: TracedMessage,
  index: string,
): IndentedDrawing {
  const { name, size, flags, control, files } = message;
  const failed = result < 0;
  const row = (label: string, value: string, role: Role = 'text') => [
    cell(`${index}${label}`, 'offset'),
    cell(value, role),
  ];
  const names = namesOfFlags(codec, abiId, flags);
  const isLoss = LOSSES.some((loss) => names.includes(loss));
  const rows = [
    ...(name === undefined ? [] : [row(direction === 'send' ? 'to' : 'from', name)]),
    row(
      'data',
      failed && direction === 'recv' ? `room for ${bytes(size)}` : `${bytes(size)}${preview(message)}`,
      'payload',
    ),
    ...(names.length > 0 ? [row('flags', names.join('|'), isLoss ? 'problem' : 'text')] : []),
    ...files.map(({ fd, file }) => row('fd', `${fd} ${unescapeHex(file)}`)),
  ];
  if (!control) return [{ indent: 2, block: { rows } }];
  if (failed && direction === 'recv') {
    return [{ indent: 2, block: { rows: [...rows, row('control', `room for ${bytes(control.size)}`)] } }];
  }
  const found = readTracedControl(codec, abiId, text, control);
  if ('problem' in found) {
    const shown = [row('control', shorten(found.shown)), row('', found.problem, 'problem')];
    return [{ indent: 2, block: { rows: [...rows, ...shown] } }];
  }
  return [
    { indent: 2, block: { rows: [...rows, row('control', bytes(found.control.length))] } },
    { indent: 4, block: drawControl(codec, abiId, found.control) },
  ];
}

/** The control buffer of a message, or why it cannot be had and what strace shows of it. */
export function readTracedControl(
  codec: CodecInstance,
  abiId: string,
  text: string,
  { at, end, size }: NonNullable<TracedMessage['control']>,
): { control: Uint8Array } | { shown: string; problem: string } {
  try {
    return { control: readStraceControl(codec, abiId, text, at) };
  } catch (error) {
    if (!(error instanceof AncillaryError)) throw error;
    const problem = error.message.replace(/^line \d+, column \d+: /, '');
    return { shown: text.slice(at, end), problem: `${bytes(size)} that cannot be drawn: ${problem}` };
  }
}

function bytes(count: number): string {
  return count === 1 ? '1 byte' : `${count} bytes`;
}

function preview({ data, size }: TracedMessage): string {
  if (size === 0) return '';
  if (data.length === 0) return ', which strace does not show';
  const shown = data.subarray(0, PREVIEW);
  return `  "${[...shown].map(escapeByte).join('')}"${shown.length < size ? '...' : ''}`;
}

const SHORT: Record<number, string> = { 9: '\\t', 10: '\\n', 13: '\\r', 34: '\\"', 92: '\\\\' };

/** As C writes it; always two digits behind \x, which end it for everybody but C. */
function escapeByte(byte: number): string {
  if (byte in SHORT) return SHORT[byte] as string;
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
}

function shorten(text: string): string {
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}...` : text;
}
