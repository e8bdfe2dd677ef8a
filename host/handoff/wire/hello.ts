import { AncillaryError, SCM_MAX_FD } from '../base.js';
import {
  CAPABILITIES,
  DESCRIPTORS_LEAST,
  HELLO,
  HELLO_SIZE,
  MAGIC,
  OFFERER,
  PAYLOAD_MOST,
  RECORD_LEAST,
  RECORD_MOST,
  TAKER,
  UNKNOWN,
  VERSION,
} from './constants.js';
import { bytesOf, checkRecord, makeRecord, viewOfRecord } from './record.js';

/** The first record of each side. */
export interface Hello {
  readonly role: number;
  /** Of the taker the highest version that it speaks; of the offerer the one that both go on with. */
  readonly version: number;
  /** CAP_* that the other side must understand. */
  readonly required: number;
  /** CAP_* that this side understands. */
  readonly offered: number;
  /** The longest record that this side takes, in bytes. */
  readonly recordMost: number;
  /** Most bytes of payload that this side takes in all. */
  readonly payloadMost: number;
  /** How many descriptors there are; UNKNOWN where that is not known, and from a taker. */
  readonly total: number;
  /** Most descriptors of one batch that this side takes, 2 to 253. */
  readonly descriptorsMost: number;
}

export function encodeHello(hello: Partial<Hello> & { role: number }): Uint8Array {
  const {
    role,
    version = VERSION,
    required = 0,
    offered = CAPABILITIES,
    recordMost = RECORD_MOST,
    payloadMost = PAYLOAD_MOST,
    total = UNKNOWN,
    descriptorsMost = SCM_MAX_FD,
  } = hello;
  const view = makeRecord(HELLO_SIZE, { type: HELLO });
  view.setUint32(8, MAGIC, true);
  view.setUint16(12, version, true);
  view.setUint16(14, role, true);
  view.setUint32(16, required, true);
  view.setUint32(20, offered, true);
  view.setUint32(24, recordMost, true);
  view.setUint32(28, payloadMost, true);
  view.setUint32(32, total, true);
  view.setUint32(36, descriptorsMost, true);
  return bytesOf(view);
}

/**
 * Reads the greeting of the other side, which must be a `role`. Later versions may have more behind these bytes. Throws
 * `ERR_PROTOCOL` for what is none, `ERR_UNSUPPORTED` for a version or a capability that is not spoken here.
 */
export function decodeHello(record: Uint8Array, role: number): Hello {
  checkRecord(record, HELLO, HELLO_SIZE, RECORD_LEAST, 0xffff);
  const view = viewOfRecord(record);
  if (view.getUint32(8, true) !== MAGIC) throw unsupported('the other side speaks another protocol (no HDOF in HELLO)');
  const hello: Hello = {
    version: view.getUint16(12, true),
    role: view.getUint16(14, true),
    required: view.getUint32(16, true),
    offered: view.getUint32(20, true),
    recordMost: Math.min(Math.max(view.getUint32(24, true), RECORD_LEAST), RECORD_MOST),
    payloadMost: view.getUint32(28, true),
    total: view.getUint32(32, true),
    descriptorsMost: Math.min(Math.max(view.getUint32(36, true), DESCRIPTORS_LEAST), SCM_MAX_FD),
  };
  if (hello.role !== role)
    throw unsupported(
      `${ROLES[hello.role] ?? `a peer of role ${hello.role}`} is at the other end, where ${ROLES[role]} is needed`,
    );
  if (hello.version < VERSION || (role === OFFERER && hello.version !== VERSION)) {
    throw unsupported(
      `the other side speaks version ${hello.version} of the hand-off protocol, and this one ${VERSION}`,
    );
  }
  const unknown = (hello.required & ~CAPABILITIES) >>> 0;
  if (unknown !== 0) {
    throw unsupported(`the other side requires capabilities 0x${unknown.toString(16)}, which this one does not know`);
  }
  return hello;
}

const ROLES: Readonly<Record<number, string>> = { [OFFERER]: 'one that offers', [TAKER]: 'one that takes over' };

function unsupported(what: string): AncillaryError {
  return new AncillaryError('ERR_UNSUPPORTED', what);
}
