import { AncillaryError } from '../../../errors/error.js';
import { ENOSYS } from '../../../libc/errno.js';
import { native } from '../../../libc/native.js';
import type { LabInstance } from '../../../wasm/lab.js';
import type { Target, Verdict } from '../../target.js';
import { type QueueCalls, queueCalls } from './calls.js';
import { compareCall, compareQueue, compareQueues, type Parting } from './compare.js';
import { describeCalls, describeLast } from './describe.js';
import { KernelQueues } from './kernel.js';
import type { QueueLimits } from './limits.js';
import { INPUT_ROOM, QueueModel } from './model.js';
import { CALL, IPC_CREAT, IPC_NOWAIT, IPC_PRIVATE, IPC_RMID, KIND, MSG_COPY } from './numbers.js';

/** What was done: which call ended with which errno. */
const OUTCOMES = 64;
const COUNTERS = 1024;

/** What a test puts in the place of the system, or of the model. */
export interface QueueSeams {
  readonly calls?: QueueCalls;
  readonly lab?: LabInstance;
}

/** Queues of the running kernel beside the model of them, in the IPC namespace that this process is in. */
export class QueueTarget implements Target {
  readonly name = 'sysv';
  readonly abi: string;
  readonly isDeterministic = true;
  /** How many calls were made and compared. */
  operations = 0;
  readonly #model: QueueModel;
  readonly #kernel: KernelQueues;
  readonly #counters = new Uint8Array(COUNTERS);

  constructor(limits: QueueLimits, { calls = queueCalls(), lab }: QueueSeams = {}) {
    this.abi = native().abiId;
    this.#model = new QueueModel(limits, hasCopy(calls), lab);
    this.#kernel = new KernelQueues(calls, this.#model);
  }

  run(input: Uint8Array): Verdict | undefined {
    if (input.length > INPUT_ROOM) {
      throw new AncillaryError(
        'ERR_TOO_LARGE',
        `an input of ${input.length} bytes: the sysv target takes ${INPUT_ROOM}`,
      );
    }
    try {
      return this.#try(input);
    } finally {
      this.#kernel.clear();
    }
  }

  counters(): Uint8Array {
    return this.#counters;
  }

  close(): void {
    this.#kernel.close();
  }

  #try(input: Uint8Array): Verdict | undefined {
    const count = this.#model.begin(input);
    for (let operation = 0; operation < count; operation++) {
      const parting = this.#step(operation);
      if (parting) return this.#judge(input, operation, parting);
    }
    const parting = compareQueues(this.#model, this.#kernel);
    return parting && this.#judge(input, count - 1, parting);
  }

  #step(operation: number): Parting | undefined {
    const model = this.#model;
    const kind = model.step(operation);
    if (kind === KIND.nothing) return undefined;
    const result = this.#kernel.perform(kind);
    this.operations++;
    (this.#counters[kind * OUTCOMES + (result < 0 ? -result % OUTCOMES : 0)] as number)++;
    const parting = compareCall(kind, result, model, this.#kernel);
    if (parting) return parting;
    const slot = model.word(kind === KIND.msgget ? CALL.resultSlot : CALL.slot);
    return slot < 0 ? undefined : compareQueue(slot, model, this.#kernel);
  }

  #judge(input: Uint8Array, operation: number, { class: name, model, kernel }: Parting): Verdict {
    const calls = describeCalls(this.#model, input, operation);
    const cause = `${describeLast(this.#model)}: the model has ${model}, the kernel ${kernel}`;
    return { class: name, cause, details: { calls, model, kernel, operations: operation + 1 } };
  }
}

/** Whether the kernel has MSG_COPY: without CONFIG_CHECKPOINT_RESTORE it is ENOSYS. */
function hasCopy(calls: QueueCalls): boolean {
  const id = calls.msgget(IPC_PRIVATE, IPC_CREAT | 0o600);
  const isRefused = calls.msgrcv(id, 0, 0, 0, MSG_COPY | IPC_NOWAIT) < 0 && calls.errno() === ENOSYS;
  calls.msgctl(id, IPC_RMID, 0);
  return !isRefused;
}
