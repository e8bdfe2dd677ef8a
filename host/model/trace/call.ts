/** One call of the sendmsg family, as strace shows it. */
import { StraceReader, type StraceRecord, type StraceValue } from '../dump/strace-values.js';
import { readName } from './name.js';

/** A message that was sent or received, or was to be. */
export interface TracedMessage {
  /** The address that it goes to or came from, as a text. */
  name?: string;
  /** The data that the call moved, as far as strace shows it. */
  data: Uint8Array;
  /** Bytes that the call moved; of one that failed, those that it had room for or was to send. */
  size: number;
  /** msg_flags, as recvmsg has returned them. */
  flags: number;
  /** Where the control messages stand in the text of the call, and msg_controllen. */
  control?: { at: number; end: number; size: number };
  /** The descriptors among the control messages, and what strace says that they are. */
  files: { fd: number; file: string }[];
}

export interface TracedCall {
  name: string;
  direction: 'send' | 'recv';
  /** Absent where strace could not read the arguments; then there are no messages. */
  fd?: number;
  /** What the descriptor is, as `-yy` says: `UNIX-STREAM:[12->34]`. */
  file?: string;
  flags: number;
  /** What the call returned; absent when it did not. */
  result?: number;
  /** The name of the errno, or of what the kernel says inside (ERESTARTSYS). */
  error?: string;
  messages: TracedMessage[];
  /** As strace has it. */
  text: string;
}

const CALL = /^(?:send|recv)m?msg(?:_time(?:32|64))?(?=\()/;
const RESULT = /\) +=\s+(-?\d+|\?)(?: (E[A-Z0-9_]+))?/;
/** What the caller never sees, or sees when it only asks whether there is something. */
const AGAIN = /^(EAGAIN|ERESTART\w*)$/;

/** Reads a call, or says undefined of one of another family. Never throws for what the text holds. */
export function readTracedCall(text: string): TracedCall | undefined {
  const name = CALL.exec(text)?.[0];
  if (name === undefined) return undefined;
  const [, returned, error] = RESULT.exec(text) ?? [];
  const call: TracedCall = {
    name,
    direction: name.startsWith('send') ? 'send' : 'recv',
    flags: 0,
    messages: [],
    text,
    ...(returned === undefined || returned === '?' ? {} : { result: Number(returned) }),
    ...(error === undefined ? {} : { error }),
  };
  try {
    return { ...call, ...argumentsOf(call, new StraceReader(text, name.length, { lenient: true }).items(')')) };
  } catch {
    // What is cut by the end of its process, or of a release of strace that shows things otherwise.
    return call;
  }
}

/** Whether a call did nothing: it is repeated, or there was nothing, or its process ended meanwhile. */
export function isIdle({ result, error }: TracedCall): boolean {
  return result === undefined || AGAIN.test(error ?? '');
}

function argumentsOf(call: TracedCall, values: readonly StraceValue[]): Partial<TracedCall> {
  const [socket, shown, third, fourth] = values;
  const isMany = call.name.includes('mmsg');
  const messages = isMany ? manyOf(call, shown) : shown?.kind === 'record' ? [messageOf(call, shown, call.result)] : [];
  const flags = integerOf(isMany ? fourth : third);
  if (socket?.kind !== 'number') return { flags, messages };
  const { value, file } = socket;
  return { fd: Number(value), ...(file === undefined ? {} : { file }), flags, messages };
}

/** Those of an array that were sent or received; of a call that failed, all. */
function manyOf(call: TracedCall, shown: StraceValue | undefined): TracedMessage[] {
  if (shown?.kind !== 'list') return [];
  const { result = -1 } = call;
  return shown.items.slice(0, result < 0 ? undefined : result).flatMap((item) => {
    const header = item.kind === 'record' ? item.members.get('msg_hdr') : undefined;
    if (item.kind !== 'record' || header?.kind !== 'record') return [];
    return [messageOf(call, header, result < 0 ? result : integerOf(item.members.get('msg_len')))];
  });
}

function messageOf(call: TracedCall, { members }: StraceRecord, moved = -1): TracedMessage {
  const parts = listOf(members.get('msg_iov'));
  const room = parts.reduce(
    (sum, part) => sum + (part.kind === 'record' ? integerOf(part.members.get('iov_len')) : 0),
    0,
  );
  // MSG_TRUNC among the flags of recvmsg has it say the length that a datagram had.
  const size = moved < 0 ? room : moved;
  const name = readName(members.get('msg_name'));
  const control = controlOf(call.text, members.get('msg_control'), integerOf(members.get('msg_controllen')));
  return {
    ...(name === undefined ? {} : { name }),
    data: joined(parts, Math.min(size, room)),
    size,
    flags: call.direction === 'recv' && moved >= 0 ? integerOf(members.get('msg_flags')) : 0,
    ...(control === undefined ? {} : { control }),
    files: filesOf(members.get('msg_control')),
  };
}

function controlOf(text: string, shown: StraceValue | undefined, size: number): TracedMessage['control'] {
  if (!shown || shown.kind === 'name' || size === 0) return undefined;
  const end = text.indexOf(', msg_controllen=', shown.at);
  return { at: shown.at, end: end < 0 ? text.length : end, size };
}

/** The bytes of all parts, as far as they are shown one behind the other. */
function joined(parts: readonly StraceValue[], size: number): Uint8Array {
  const bytes: number[] = [];
  for (const part of parts) {
    const base = part.kind === 'record' ? part.members.get('iov_base') : undefined;
    if (base?.kind !== 'bytes') break;
    for (const byte of base.bytes) bytes.push(byte);
    if (base.isCut || bytes.length >= size) break;
  }
  return Uint8Array.from(bytes.slice(0, size));
}

/** Every descriptor in the payloads of control messages. */
function filesOf(shown: StraceValue | undefined): TracedMessage['files'] {
  return listOf(shown).flatMap((message) =>
    listOf(message.kind === 'record' ? message.members.get('cmsg_data') : undefined).flatMap((each) =>
      each.kind === 'number' && each.file !== undefined ? [{ fd: Number(each.value), file: each.file }] : [],
    ),
  );
}

function listOf(shown: StraceValue | undefined): StraceValue[] {
  return shown?.kind === 'list' ? shown.items : [];
}

function integerOf(shown: StraceValue | undefined): number {
  return shown?.kind === 'number' ? Number(shown.value) : 0;
}
