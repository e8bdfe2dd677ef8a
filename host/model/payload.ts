import { type OptionNames, refuseOthers } from '../check/options.js';
import { invalidArgument } from '../errors/error.js';
import { E_UNSUPPORTED } from '../wasm/exports.js';
import { type CodecInstance, readText } from '../wasm/instance.js';

/** What a payload says: an integer or a list of them for a single field, else its fields by name. */
export type PayloadValue = number | number[] | Record<string, number | number[]>;

interface PayloadField {
  name: string;
  many: boolean;
  bits: number;
  /** Signed, or the unsigned number of the same bits: ids above 2^31 are written either way. */
  least: number;
  most: number;
}

interface Payload {
  row: number;
  id: string;
  /** How messages name it: by its field if it has one (`fds`), else by its id (`credentials`). */
  key: string;
  fields: PayloadField[];
  /** The names that a message of it may have, and its value where that has fields. */
  names: OptionNames;
  fieldNames: OptionNames;
}

/** Which message it is, for an error; asked for only then. */
export type Where = () => string;

const known = new WeakMap<CodecInstance, Payload[]>();

/** The payloads that messages can name. */
function payloadsOf(codec: CodecInstance): Payload[] {
  let found = known.get(codec);
  if (!found) {
    const { payloadCount, payloadText, fieldBytes, fieldCount, fieldText, isMany } = codec.exports;
    found = Array.from({ length: payloadCount() }, (_, row) => {
      const id = readText(codec, payloadText(row));
      const fields = Array.from({ length: fieldCount(row) }, (_, field) => {
        const bits = 8 * fieldBytes(row, field);
        const name = readText(codec, fieldText(row, field));
        return { name, many: isMany(row, field) === 1, bits, least: -(2 ** (bits - 1)), most: 2 ** bits - 1 };
      });
      const key = fields.length === 1 ? (fields[0]?.name ?? id) : id;
      const fieldNames = new Set(fields.map(({ name }) => name));
      return { row, id, key, fields, names: new Set([key]), fieldNames };
    });
    known.set(codec, found);
  }
  return found;
}

/** The payload that a message like `{ fds: [3] }` names, or undefined; naming two is an error. */
export function findPayload(codec: CodecInstance, message: object, where: Where): Payload | undefined {
  let found: Payload | undefined;
  for (const payload of payloadsOf(codec)) {
    if (!(payload.key in message)) continue;
    if (found) throw invalidArgument(`${where()} has both ${found.key} and ${payload.key}: make them two messages`);
    found = payload;
  }
  return found;
}

/** What messages may be written as, for an error message. */
export function describePayloads(codec: CodecInstance): string {
  return ['{level, type, data}', ...payloadsOf(codec).map(({ key }) => `{${key}}`)].join(', ');
}

/** cmsg_level, cmsg_type, size and number of repeated elements of a payload with this value on an ABI. */
export function measurePayload(codec: CodecInstance, abi: number, payload: Payload, value: PayloadValue, where: Where) {
  const type = codec.exports.payloadType(abi, payload.row);
  if (type === E_UNSUPPORTED) throw invalidArgument(`${where()}: this ABI has no ${payload.id} message`);
  if (payload.fields.length > 1 && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    refuseOthers(value, payload.fieldNames, () => `${where()}.${payload.key}`);
  }
  const last = payload.fields.at(-1);
  const many = last?.many ? listOf(value, payload, last, where).length : 0;
  return {
    level: codec.exports.payloadLevel(abi, payload.row),
    type,
    size: codec.exports.payloadSize(payload.row, many),
    many,
  };
}

/** Writes the value, with `many` repeated elements as it was measured, at `data` of linear memory. */
export function writePayload(
  codec: CodecInstance,
  abi: number,
  payload: Payload,
  value: PayloadValue,
  many: number,
  data: number,
  where: Where,
) {
  payload.fields.forEach((field, i) => {
    const elements = listOf(value, payload, field, where);
    const count = field.many ? many : 1;
    // Counted, as a hole is an element too: left out it would send whatever stood there.
    for (let index = 0; index < count; index++) {
      const element = elements[index] as number;
      if (!Number.isInteger(element) || element < field.least || element > field.most) {
        const name = `${nameOf(where, payload, field)}${field.many ? `[${index}]` : ''}`;
        throw invalidArgument(`${name} must be a ${field.bits}-bit integer, not ${describe(element)}`);
      }
      codec.exports.storePayload(abi, payload.row, i, index, data, element);
    }
  });
}

/** The value of the `size` bytes at `data`, with the key it goes under, if level and type are those of a payload. */
export function readPayload(
  codec: CodecInstance,
  abi: number,
  level: number,
  type: number,
  data: number,
  size: number,
): { key: string; value: PayloadValue } | undefined {
  const payload = payloadOf(codec, abi, level, type);
  const { payloadSize, repeats, loadPayload } = codec.exports;
  if (!payload) return undefined;
  // Of another size than its fields it is not that payload, whatever its type; the kernel says EINVAL to such ones.
  const isOpenEnded = payload.fields.at(-1)?.many ?? false;
  if (!isOpenEnded && size !== payloadSize(payload.row, 0)) return undefined;
  if (size < payloadSize(payload.row, 0)) return undefined;
  const read = ({ many }: PayloadField, field: number) => {
    if (!many) return loadPayload(abi, payload.row, field, 0, data);
    const elements = new Array<number>(repeats(payload.row, size));
    for (let i = 0; i < elements.length; i++) elements[i] = loadPayload(abi, payload.row, field, i, data);
    return elements;
  };
  const [only] = payload.fields;
  if (only && payload.fields.length === 1) return { key: payload.key, value: read(only, 0) };
  const value: Record<string, number | number[]> = {};
  for (const [i, field] of payload.fields.entries()) value[field.name] = read(field, i);
  return { key: payload.key, value };
}

/** What the headers call a level and type: `SOL_SOCKET`, `SCM_RIGHTS`; undefined for those of no payload here. */
export function nameMessage(codec: CodecInstance, abi: number, level: number, type: number) {
  const found = payloadOf(codec, abi, level, type);
  return found && { level: 'SOL_SOCKET', type: `SCM_${found.id.toUpperCase()}` };
}

/** The payload that goes by this level and type on an ABI. */
function payloadOf(codec: CodecInstance, abi: number, level: number, type: number): Payload | undefined {
  const { payloadLevel, payloadType } = codec.exports;
  for (const payload of payloadsOf(codec)) {
    const known = payloadType(abi, payload.row);
    // A message may state any type, also that of the status code.
    if (known === type && known !== E_UNSUPPORTED && payloadLevel(abi, payload.row) === level) return payload;
  }
  return undefined;
}

/** The elements of one field of a value. */
function listOf(value: PayloadValue, payload: Payload, field: PayloadField, where: Where): number[] {
  const single = payload.fields.length === 1;
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!single && !isRecord) {
    throw invalidArgument(
      `${where()}.${payload.key} must be an object with ${payload.fields.map(({ name }) => name).join(', ')}`,
    );
  }
  const member = single ? value : (value as Record<string, number | number[]>)[field.name];
  if (field.many !== Array.isArray(member)) {
    const expected = field.many ? 'a list of integers' : 'an integer';
    throw invalidArgument(`${nameOf(where, payload, field)} must be ${expected}`);
  }
  return Array.isArray(member) ? member : [member as number];
}

/** `messages[0].fds`, `messages[1].credentials.pid` */
function nameOf(where: Where, payload: Payload, field: PayloadField): string {
  return payload.fields.length === 1 ? `${where()}.${payload.key}` : `${where()}.${payload.key}.${field.name}`;
}

/** A value in a message: what is not a number may be as deep and as long as anything. */
function describe(value: unknown): string {
  return typeof value === 'number' ? String(value) : value === null ? 'null' : `a value of type ${typeof value}`;
}
