/** A sequence of operations as the calls that a person would write. */
import { wordOf } from './compare.js';
import type { QueueModel } from './model.js';
import {
  CALL,
  ID,
  IPC_CREAT,
  IPC_EXCL,
  IPC_NOWAIT,
  KIND,
  MSG_COPY,
  MSG_EXCEPT,
  MSG_NOERROR,
  PERMISSIONS,
  POINTER,
} from './numbers.js';

const FLAGS = { MSG_NOERROR, MSG_EXCEPT, MSG_COPY } as const;
const GET_FLAGS = { IPC_CREAT, IPC_EXCL } as const;

/** The first operations of an input, up to and with `last`, with what the model expects of each. */
export function describeCalls(model: QueueModel, input: Uint8Array, last: number): string[] {
  const lines: string[] = [];
  const count = Math.min(model.begin(input), last + 1);
  for (let operation = 0; operation < count; operation++) {
    const kind = model.step(operation);
    if (kind !== KIND.nothing) lines.push(describeCall(model, kind));
  }
  return lines;
}

/** The call that the model has described last, as it is made. */
export function describeLast(model: QueueModel): string {
  const kind = model.word(CALL.kind);
  return kind === KIND.nothing ? 'in the end' : textOf(model, kind);
}

/** `msgsnd(q0, type 5, 3 bytes) = 0`; IPC_NOWAIT, which nearly all have, is left out. */
function describeCall(model: QueueModel, kind: number): string {
  const { result } = model;
  const slot = model.word(CALL.resultSlot);
  if (kind === KIND.msgget && result >= 0) return `q${slot} = ${textOf(model, kind)}`;
  const returned = result >= 0 && slot >= 0 ? `id of q${slot}` : wordOf(result);
  const type = kind === KIND.msgrcv && result >= 0 ? `, type ${model.long(CALL.gotType)}` : '';
  return `${textOf(model, kind)} = ${returned}${type}`;
}

function textOf(model: QueueModel, kind: number): string {
  const id = idOf(model);
  const flags = model.word(CALL.flags);
  const pointer = pointerOf(model);
  const size = model.long(CALL.size);
  switch (kind) {
    case KIND.msgsnd:
      return `msgsnd(${list(id, `type ${model.long(CALL.type)}`, bytesOf(size), ...namesOf(flags, FLAGS), pointer)})`;
    case KIND.msgrcv: {
      const type = `${flags & MSG_COPY ? 'position' : 'type'} ${model.long(CALL.type)}`;
      const waits = flags & IPC_NOWAIT ? '' : 'without IPC_NOWAIT';
      return `msgrcv(${list(id, type, `room for ${bytesOf(size)}`, ...namesOf(flags, FLAGS), waits, pointer)})`;
    }
    case KIND.msgget: {
      const key = model.word(CALL.key);
      const bits = [...namesOf(flags, GET_FLAGS), octal(flags & PERMISSIONS)].join(' | ');
      return `msgget(${key === 0 ? 'IPC_PRIVATE' : `key ${key}`}, ${bits})`;
    }
    case KIND.set: {
      const user = model.word(CALL.noUser) === 1 ? 'uid -1' : '';
      return `msgctl(${list(id, 'IPC_SET', `qbytes ${size}`, `mode ${octal(flags)}`, user, pointer)})`;
    }
    case KIND.remove:
      return `msgctl(${id}, IPC_RMID)`;
    default: {
      const name = kind === KIND.stat ? 'IPC_STAT' : kind === KIND.statIndex ? 'MSG_STAT' : 'MSG_STAT_ANY';
      return `msgctl(${list(kind === KIND.stat ? id : `index of ${id}`, name, pointer)})`;
    }
  }
}

function idOf(model: QueueModel): string {
  const which = model.word(CALL.id);
  if (which === ID.negative) return '-1';
  return `q${model.word(CALL.slot)}${which === ID.otherSequence ? ' with another sequence number' : ''}`;
}

function pointerOf(model: QueueModel): string {
  const pointer = model.word(CALL.pointer);
  return pointer === POINTER.none ? 'NULL' : pointer === POINTER.edge ? 'memory that ends after 8 bytes' : '';
}

function bytesOf(size: number | bigint): string {
  return `${size} ${size === 1 ? 'byte' : 'bytes'}`;
}

function namesOf(flags: number, names: Readonly<Record<string, number>>): string[] {
  return Object.keys(names).filter((name) => flags & (names[name] as number));
}

function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}

function list(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(', ');
}
