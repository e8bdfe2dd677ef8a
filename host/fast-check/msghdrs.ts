import { type Arbitrary, array, bigInt, constant, constantFrom, integer, oneof, record, uint8Array } from 'fast-check';
import { checkOptions, codecInstance, optionNames, presentStruct, readStructValues, type Struct } from './base.js';
import { type BufferKind, type BufferOptions, checkKind, controlBuffers } from './buffers.js';
import { FILLS } from './plan.js';
import { type Shape, shapeOf, storeNumber } from './shape.js';

/** A message header, and what its pointers point to. */
export interface Msghdr {
  /** struct msghdr, as the ABI lays it out. */
  bytes: Uint8Array;
  /**
   * The values of its fields by their names in C, as `readStruct` of ancillary/codec gives them. Pointers are 0 where
   * there is nothing; the others are addresses of nowhere.
   */
  fields: Record<string, number | bigint>;
  /** What is at msg_name. */
  name: Uint8Array;
  /** What is at msg_iov: an array of struct iovec. */
  iov: Uint8Array;
  /** The bytes of data that the iovecs describe. */
  size: number;
  /** What is at msg_control. */
  control: Uint8Array;
}

const MSGHDR_OPTIONS = optionNames<BufferOptions>({ abi: true, maxMessages: true, kind: true });

/** sizeof(struct sockaddr_storage) */
const LONGEST_NAME = 128;
/** The most iovecs, and bytes of each. */
const MOST_PARTS = 4;
const LONGEST_PART = 65536;
/** Where name, iovecs, control bytes and data would be: within 31 bits, apart from each other. */
const PLACES = { name: 0x1000_0000, iov: 0x2000_0000, control: 0x3000_0000, data: 0x4000_0000 } as const;

/** A field that does not tell the truth, and its value. */
interface Lie {
  readonly field: string;
  readonly value: bigint;
}

/**
 * Message headers of an ABI (struct msghdr) with what belongs to them. Well-formed ones tell the truth, have a
 * well-formed control buffer, and zeros for padding; hostile ones have hostile control buffers and up to two fields that
 * lie: lengths that are 0 or huge, pointers that are 0 or at the end of memory; their padding holds anything.
 * Shrinks to lies left out, and parts made shorter.
 *
 * Throws `ERR_INVALID_ARGUMENT` for an unknown ABI or kind, `ERR_UNSUPPORTED` for an ABI without control messages.
 */
export function msghdrs(options: BufferOptions): Arbitrary<Msghdr> {
  const { abi, maxMessages, kind } = checkOptions(options, MSGHDR_OPTIONS, 'msghdrs');
  const shape = shapeOf(abi);
  const isTrue = checkKind(kind) === 'well-formed';
  return record({
    name: uint8Array({ maxLength: LONGEST_NAME, size: 'max' }),
    parts: array(integer({ min: 0, max: LONGEST_PART }), { maxLength: MOST_PARTS, size: 'max' }),
    control: controlBuffers({ abi, maxMessages, kind: kind as BufferKind }),
    flags: oneof({ weight: 3, arbitrary: constant(0) }, { weight: 1, arbitrary: integer() }),
    fill: isTrue ? constant(0) : constantFrom(...FILLS),
    lies: isTrue ? constant([]) : array(anyLie(), { maxLength: 2, size: 'max' }),
  }).map((plan) => writeMsghdr(shape, plan));
}

interface Plan {
  readonly name: Uint8Array;
  readonly parts: readonly number[];
  readonly control: Uint8Array;
  readonly flags: number;
  readonly fill: number;
  readonly lies: readonly Lie[];
}

/** Some field, and what it says. */
function anyLie(): Arbitrary<Lie> {
  return record({
    field: constantFrom('msg_controllen', 'msg_iovlen', 'msg_namelen', 'msg_control', 'msg_iov', 'msg_name'),
    value: oneof(
      constantFrom(0n, 1n, -1n, -4096n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_fff8n, 2n ** 63n),
      bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    ),
  });
}

function writeMsghdr(shape: Shape, { name, parts, control, flags, fill, lies }: Plan): Msghdr {
  const place = (bytes: { length: number }, address: number) => BigInt(bytes.length > 0 ? address : 0);
  const values: Record<string, bigint> = {
    msg_name: place(name, PLACES.name),
    msg_namelen: BigInt(name.length),
    msg_iov: place(parts, PLACES.iov),
    msg_iovlen: BigInt(parts.length),
    msg_control: place(control, PLACES.control),
    msg_controllen: BigInt(control.length),
    msg_flags: BigInt(flags),
  };
  for (const { field, value } of lies) values[field] = value;
  const struct = presentStruct(shape.layout, 'msghdr');
  const bytes = new Uint8Array(struct.size).fill(fill);
  storeFields(bytes, struct, values, shape);
  const fields = readStructValues(codecInstance(), shape.abi, 'msghdr', bytes) as Msghdr['fields'];
  const size = parts.reduce((sum, part) => sum + part, 0);
  return { bytes, fields, name, iov: writeIovecs(shape, parts, fill), size, control };
}

function writeIovecs(shape: Shape, parts: readonly number[], fill: number): Uint8Array {
  const iovec = presentStruct(shape.layout, 'iovec');
  const bytes = new Uint8Array(parts.length * iovec.size).fill(fill);
  let address = PLACES.data;
  for (const [i, part] of parts.entries()) {
    const values = { iov_base: BigInt(address), iov_len: BigInt(part) };
    storeFields(bytes.subarray(i * iovec.size, (i + 1) * iovec.size), iovec, values, shape);
    address += part;
  }
  return bytes;
}

/** Stores values, cut to what their fields hold. */
function storeFields(bytes: Uint8Array, { fields }: Struct, values: Record<string, bigint>, { isLittle }: Shape): void {
  for (const [name, value] of Object.entries(values)) {
    const field = fields[name];
    if (field) storeNumber(bytes, field.offset, field.size, value, isLittle);
  }
}
