import { AncillaryError } from '../base.js';
import { HEADER_SIZE, RECORD_NAMES } from './constants.js';

/** The error for a record that is not as docs/handoff-protocol.md has it. */
export function malformed(what: string): AncillaryError {
  return new AncillaryError('ERR_PROTOCOL', `the other side broke the hand-off protocol: ${what}`);
}

/** A view of the bytes of a record. */
export function viewOfRecord(record: Uint8Array): DataView {
  return new DataView(record.buffer, record.byteOffset, record.byteLength);
}

/** What every record begins with. */
export interface Header {
  readonly type: number;
  readonly flags: number;
  /** The number of the batch that it is or is about; 0 in others. */
  readonly number: number;
}

export function readHeader(record: Uint8Array): Header {
  if (record.byteLength < HEADER_SIZE) {
    throw malformed(`a record of ${record.byteLength} bytes, where the shortest has ${HEADER_SIZE}`);
  }
  const view = viewOfRecord(record);
  return { type: view.getUint16(0, true), flags: view.getUint16(2, true), number: view.getUint32(4, true) };
}

/** An empty record of `size` bytes with its header. */
export function makeRecord(
  size: number,
  { type, flags = 0, number = 0 }: Partial<Header> & { type: number },
): DataView {
  const view = new DataView(new ArrayBuffer(size));
  view.setUint16(0, type, true);
  view.setUint16(2, flags, true);
  view.setUint32(4, number, true);
  return view;
}

export function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** For a sentence: `HELLO`, `a record of type 77`. */
export function nameRecord(type: number): string {
  return RECORD_NAMES[type] ?? `a record of type ${type}`;
}

/** Throws unless the record has just that type, those flags, and that size or more. */
export function checkRecord(record: Uint8Array, type: number, least: number, most = least, flags = 0): Header {
  const header = readHeader(record);
  const name = nameRecord(type);
  if (header.type !== type) throw malformed(`${nameRecord(header.type)} came, where ${name} was due`);
  if (header.flags & ~flags) throw malformed(`${name} has flags 0x${header.flags.toString(16)} that nobody knows`);
  if (record.byteLength < least || record.byteLength > most) {
    const range = least === most ? `${least}` : `${least} to ${most}`;
    throw malformed(`${name} of ${record.byteLength} bytes, where it has ${range}`);
  }
  return header;
}
