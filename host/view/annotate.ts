import { hexOfBytes } from '../model/hex.js';
import { presentSizes, presentStruct, readLayout } from '../model/layout.js';
import { type ParsedMessage, parseControl } from '../model/parse.js';
import { nameMessage } from '../model/payload-rows.js';
import { findAbi } from '../model/rows.js';
import type { CodecInstance } from '../wasm/instance.js';

/** A stretch of a control buffer and what it says. */
export interface Note {
  offset: number;
  bytes: Uint8Array;
  /** `cmsg_len`, `fd`, `padding`, ... */
  label: string;
  meaning: string;
}

/** Explains a control buffer byte for byte: every byte stands in exactly one note, in order. */
export function annotateControl(codec: CodecInstance, abiId: string, control: Uint8Array): Note[] {
  const { messages, trailing, problem } = parseControl(codec, abiId, control);
  const notes: Note[] = [];
  let end = 0;
  const note = (upTo: number, label: string, meaning: string) => {
    if (upTo > end) notes.push({ offset: end, bytes: control.subarray(end, upTo), label, meaning });
    end = Math.max(end, upTo);
  };
  for (const message of messages) {
    note(message.offset, 'padding', '');
    noteHeader(codec, abiId, message, note);
    notePayload(codec, abiId, message, note);
  }
  note(control.length - (problem ? trailing : 0), 'padding', '');
  note(control.length, 'malformed', problem ?? '');
  return notes;
}

type AddNote = (upTo: number, label: string, meaning: string) => void;

function noteHeader(codec: CodecInstance, abiId: string, message: ParsedMessage, note: AddNote): void {
  const layout = readLayout(codec, abiId);
  const cmsg = presentSizes(layout);
  const names = nameMessage(codec, findAbi(codec, abiId), message.level, message.type);
  const size = message.data.length;
  const meanings: Record<string, string> = {
    cmsg_len: `${cmsg.data + size} = CMSG_LEN(${size})`,
    cmsg_level: `${message.level} ${names?.level ?? ''}`.trim(),
    cmsg_type: `${message.type} ${names?.type ?? ''}`.trim(),
  };
  for (const [name, field] of Object.entries(presentStruct(layout, 'cmsghdr').fields)) {
    note(message.offset + field.offset, 'padding', '');
    note(message.offset + field.offset + field.size, name, meanings[name] ?? '');
  }
  note(message.offset + cmsg.data, 'padding', '');
}

function notePayload(codec: CodecInstance, abiId: string, message: ParsedMessage, note: AddNote): void {
  const start = message.offset + presentSizes(readLayout(codec, abiId)).data;
  const { fds, credentials } = message;
  const ints = fds ? fds.map((fd) => ['fd', fd] as const) : Object.entries(credentials ?? {});
  for (const [i, [label, value]] of ints.entries()) note(start + 4 * (i + 1), label, String(value));
  note(start + message.data.length, 'payload', '');
}

/** The notes as rows of a table: offset, bytes (at most 8 shown), label, meaning. */
export function rowsOfNotes(notes: readonly Note[]): (string | number)[][] {
  return notes.map(({ offset, bytes, label, meaning }) => [
    offset,
    hexOfBytes(bytes.subarray(0, 8), ' ') + (bytes.length > 8 ? ' ..' : ''),
    label,
    meaning,
  ]);
}
