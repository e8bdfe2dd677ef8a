import { show } from '../check/show.js';
import { type Layout, presentSizes, presentStruct, readLayout } from '../model/layout.js';
import { type ParsedMessage, parseControl } from '../model/parse.js';
import { partsOfPayload } from '../model/payload-parts.js';
import { nameMessage } from '../model/payload-rows.js';
import type { PayloadValue } from '../model/payload-values.js';
import { perCodec } from '../model/per-codec.js';
import { findControlAbi, listAbis } from '../model/rows.js';
import type { CodecInstance } from '../wasm/instance.js';
import type { Role } from './drawing.js';

/** A stretch of a control buffer and what it says. */
export interface Note {
  offset: number;
  bytes: Uint8Array;
  role: Extract<Role, 'length' | 'level' | 'type' | 'payload' | 'pad' | 'problem'>;
  /** `cmsg_len`, `fds[0]`, `padding`, ... */
  label: string;
  meaning: string;
}

/** Layouts by the id of their ABI, each read once: a watch draws many buffers of one. */
const layoutsOf = perCodec(() => new Map<string, Layout>());

function layoutOf(codec: CodecInstance, abiId: string): Layout {
  const layouts = layoutsOf(codec);
  const layout = layouts.get(abiId) ?? readLayout(codec, abiId);
  layouts.set(abiId, layout);
  return layout;
}

const HEADER_ROLES: Record<string, Note['role']> = { cmsg_len: 'length', cmsg_level: 'level', cmsg_type: 'type' };

/** Explains a control buffer byte for byte: every byte stands in exactly one note, in order. */
export function annotateControl(codec: CodecInstance, abiId: string, control: Uint8Array): Note[] {
  const abi = findControlAbi(codec, abiId);
  const { messages, trailing, problem } = parseControl(codec, abiId, control);
  const notes = new Notes(codec, abi, layoutOf(codec, abiId), control);
  for (const message of messages) {
    notes.add(message.offset, 'pad', 'padding');
    notes.addHeader(message.offset, meaningsOf(codec, abi, message, notes.headerSize));
    notes.addPayload(message);
  }
  notes.add(control.length - trailing, 'pad', 'padding');
  if (problem === undefined) notes.add(control.length, 'pad', 'trailing', 'too few bytes for a header');
  else notes.addMalformed(control.length - trailing, problem);
  return notes.all;
}

/** What the fields of a sound header say. */
function meaningsOf(codec: CodecInstance, abi: number, { level, type, data }: ParsedMessage, headerSize: number) {
  const cmsg_len = `${headerSize + data.length} = CMSG_LEN(${data.length})`;
  return { cmsg_len, ...namesOf(codec, abi, level, type) };
}

/** Level and type by number and official name. */
function namesOf(codec: CodecInstance, abi: number, level: number, type: number) {
  const names = nameMessage(codec, abi, level, type);
  return {
    cmsg_level: `${level} ${names?.level ?? ''}`.trim(),
    cmsg_type: `${type} ${names?.type ?? ''}`.trim(),
  };
}

class Notes {
  readonly all: Note[] = [];
  readonly #codec: CodecInstance;
  readonly #abi: number;
  readonly #control: Uint8Array;
  readonly #fields: [name: string, offset: number, end: number][];
  /** Offset of CMSG_DATA. */
  readonly headerSize: number;
  #end = 0;

  constructor(codec: CodecInstance, abi: number, layout: Layout, control: Uint8Array) {
    this.#codec = codec;
    this.#abi = abi;
    this.#control = control;
    this.headerSize = presentSizes(layout).data;
    this.#fields = Object.entries(presentStruct(layout, 'cmsghdr').fields)
      .map(([name, { offset, size }]): [string, number, number] => [name, offset, offset + size])
      .sort(([, a], [, b]) => a - b);
  }

  /** Notes all bytes up to `upTo` that no note has yet. */
  add(upTo: number, role: Note['role'], label: string, meaning = ''): void {
    const end = Math.min(upTo, this.#control.length);
    if (end <= this.#end) return;
    this.all.push({ offset: this.#end, bytes: this.#control.subarray(this.#end, end), role, label, meaning });
    this.#end = end;
  }

  addHeader(at: number, meanings: Record<string, string>, problem?: string): void {
    for (const [name, offset, end] of this.#fields) {
      this.add(at + offset, 'pad', 'padding');
      const isWrong = problem !== undefined && name === 'cmsg_len';
      this.add(at + end, isWrong ? 'problem' : (HEADER_ROLES[name] ?? 'pad'), name, isWrong ? problem : meanings[name]);
    }
    this.add(at + this.headerSize, 'pad', 'padding');
  }

  addPayload({ offset, level, type, data }: ParsedMessage): void {
    const start = offset + this.headerSize;
    const payload = partsOfPayload(this.#codec, this.#abi, level, type, data);
    for (const part of payload?.parts ?? []) {
      this.add(start + part.offset, 'pad', 'padding');
      this.add(start + part.offset + part.size, 'payload', part.name, textOf(part.value));
    }
    const name = nameMessage(this.#codec, this.#abi, level, type)?.type;
    if (payload) {
      this.add(start + payload.size, 'pad', 'padding');
      this.add(start + data.length, 'problem', 'payload', 'behind the last whole element');
    } else if (name) this.add(start + data.length, 'problem', 'payload', `${data.length} bytes are no ${name}`);
    this.add(start + data.length, 'payload', 'payload');
  }

  /** Level and type of a header that no reader takes; it may not be there whole. */
  #namesAt(at: number): Record<string, string> {
    const isLittle = listAbis(this.#codec)[this.#abi]?.endian === 'little';
    const { buffer, byteOffset, length } = this.#control;
    const view = new DataView(buffer, byteOffset, length);
    const ends = this.#fields.map(([, , end]) => at + end);
    if (Math.max(...ends) > length) return {};
    const [level = 0, type = 0] = ['cmsg_level', 'cmsg_type'].map((wanted) => {
      const offset = this.#fields.find(([name]) => name === wanted)?.[1] ?? 0;
      return view.getInt32(at + offset, isLittle);
    });
    return namesOf(this.#codec, this.#abi, level, type);
  }

  /** A header that cannot be followed, as far as it is there, and all behind it. */
  addMalformed(at: number, problem: string): void {
    this.addHeader(at, this.#namesAt(at), problem);
    this.add(this.#control.length, 'problem', 'unread');
  }
}

/** A value of a payload as text: bytes as the characters they are, if all are printable. */
function textOf(value: PayloadValue): string {
  if (!Array.isArray(value)) return String(value);
  const text = String.fromCharCode(...(value.slice(0, 200) as number[])).replace(/\0$/, '');
  return /^[\x20-\x7e]+$/.test(text) ? show(text) : '';
}
