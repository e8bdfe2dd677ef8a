/** Programs that write struct msghdr by the layout of another ABI than the one that reads it. */
import { type Field, presentStruct, readLayout } from '../model/layout.js';
import { perCodec } from '../model/per-codec.js';
import { listAbis } from '../model/rows.js';
import type { CodecInstance } from '../wasm/instance.js';
import type { Belief, Bytes, CodeSimulation } from './exhibit.js';
import type { Scene } from './scene.js';

type Member = 'msg_iovlen' | 'msg_control' | 'msg_controllen' | 'msg_flags';

interface Shape {
  size: number;
  isLittle: boolean;
  fields: Record<string, Field>;
}

const shapesOf = perCodec(() => new Map<string, Shape>());

function shapeOf(codec: CodecInstance, abi: string): Shape {
  const shapes = shapesOf(codec);
  let shape = shapes.get(abi);
  if (!shape) {
    const { size, fields } = presentStruct(readLayout(codec, abi), 'msghdr');
    shape = { size, fields, isLittle: listAbis(codec).find(({ id }) => id === abi)?.endian === 'little' };
    shapes.set(abi, shape);
  }
  return shape;
}

interface MsghdrWriter {
  /** The ABI whose struct the program has, or the members that it has elsewhere, or narrower. */
  believed: string | Partial<Record<Member, Field>>;
  /** What is looked at. */
  members: readonly Member[];
  /** The input is what the memory held before that the struct is written to; else that is zero. */
  isDirty?: true;
  trigger: Bytes;
  neighbours: readonly Bytes[];
}

/**
 * A call is made with as many iovecs and flags as the input has messages, and with the input as its control bytes; dirty
 * ones with one iovec and nothing else.
 */
export function msghdrWriter({ believed, members, isDirty, ...shown }: MsghdrWriter): CodeSimulation {
  const tellAs =
    (shapeFor: (real: Shape, codec: CodecInstance) => Shape) =>
    (input: Uint8Array, scene: Scene): Belief => {
      const { codec } = scene;
      const values: Record<Member, number> = {
        msg_iovlen: isDirty ? 1 : (scene.messages(input)?.length ?? 0),
        msg_control: !isDirty && input.length > 0 ? CONTROL_AT : 0,
        msg_controllen: isDirty ? 0 : input.length,
        msg_flags: isDirty ? 0 : (scene.messages(input)?.length ?? 0),
      };
      const real = shapeOf(codec, scene.abi);
      const memory = new Uint8Array(ROOM);
      // Whoever writes by the real layout leaves no byte of a member to chance.
      if (isDirty) memory.set(input.subarray(0, ROOM));
      write(shapeFor(real, codec), memory, values);
      return members.map((member) => `${member} ${read(real, memory, member)}`);
    };
  return {
    kind: 'builder',
    isMemory: isDirty === true,
    ...shown,
    buggy: tellAs((real, codec) =>
      typeof believed === 'string' ? shapeOf(codec, believed) : { ...real, fields: { ...real.fields, ...believed } },
    ),
    right: tellAs((real) => real),
  };
}

const ROOM = 64;
const CONTROL_AT = 0x1000;

function write({ fields, isLittle }: Shape, memory: Uint8Array, values: Record<string, number>): void {
  const view = new DataView(memory.buffer);
  for (const [name, value] of Object.entries(values)) {
    const { offset, size } = fields[name] as Field;
    if (size === 8) view.setBigUint64(offset, BigInt(value), isLittle);
    else view.setUint32(offset, value, isLittle);
  }
}

function read({ fields, isLittle }: Shape, memory: Uint8Array, name: string): number | bigint {
  const view = new DataView(memory.buffer);
  const { offset, size } = fields[name] as Field;
  return size === 8 ? view.getBigUint64(offset, isLittle) : view.getUint32(offset, isLittle);
}
