/** Ways in which a kernel could be wrong about queues: the system's calls with one of them changed. */
import koffi from 'koffi';
import type { QueueCalls } from '../../host/fuzz/targets/sysv/calls.js';
import { IPC_RMID, MSG_STAT_ANY, MSQID } from '../../host/fuzz/targets/sysv/numbers.js';
import { EAGAIN } from '../../host/libc/errno.js';

const MTYPE = 8;
const MSQID_WORDS = 30;

/** What was received, with `more` bytes behind it. */
const bytesAt = (address: number, size: number, more = 0) =>
  new Uint8Array(koffi.view(BigInt(address), MTYPE + size + more));

/** After a message has come to a buffer, not to the edge of memory, `change` alters it. */
function altering(change: (address: number, size: number) => void): (calls: QueueCalls) => QueueCalls {
  return (calls) => ({
    ...calls,
    msgrcv(id, out, size, type, flags) {
      const result = calls.msgrcv(id, out, size, type, flags);
      if (result > 0) change(out, result);
      return result;
    },
  });
}

/** What is said of a queue is altered. */
function misstating(word: number, change: (value: number) => number): (calls: QueueCalls) => QueueCalls {
  return (calls) => ({
    ...calls,
    msgctl(id, command, struct) {
      const result = calls.msgctl(id, command, struct);
      if (command !== MSG_STAT_ANY || result < 0 || struct % 16 !== 0) return result;
      const words = new Int32Array(koffi.view(BigInt(struct), MSQID_WORDS * 4));
      words[word] = change(words[word] as number);
      return result;
    },
  });
}

let sends = 0;

/** Each by its name, with the class of the finding that it must lead to. */
export const QUEUE_FAULTS: readonly { name: string; fault: (calls: QueueCalls) => QueueCalls; out: RegExp }[] = [
  {
    name: 'another type comes',
    fault: altering((address) => {
      const bytes = bytesAt(address, 0);
      bytes[4] = ~(bytes[4] as number);
    }),
    out: /^msgrcv:type$/,
  },
  {
    name: 'another last byte comes',
    fault: altering((address, size) => {
      const bytes = bytesAt(address, size);
      bytes[MTYPE + size - 1] = ~(bytes[MTYPE + size - 1] as number);
    }),
    out: /^msgrcv:bytes$/,
  },
  {
    name: 'a byte is written behind the text',
    fault: altering((address, size) => {
      bytesAt(address, size, 1)[MTYPE + size] = 0;
    }),
    out: /^msgrcv:beyond$/,
  },
  {
    name: 'the sixteenth byte behind the text is written',
    fault: altering((address, size) => {
      bytesAt(address, size, 16)[MTYPE + size + 15] = 0;
    }),
    out: /^msgrcv:beyond$/,
  },
  {
    name: 'two pieces of a long text change places',
    fault: altering((address, size) => {
      const bytes = bytesAt(address, size);
      if (size < 600) return;
      const [one, two] = [MTYPE + 8, MTYPE + 512 + 8];
      const kept = bytes.slice(one, one + 8);
      bytes.copyWithin(one, two, two + 8);
      bytes.set(kept, two);
    }),
    out: /^msgrcv:bytes$/,
  },
  {
    name: 'more bytes are said to have come',
    fault: (calls) => ({ ...calls, msgrcv: (...args) => calls.msgrcv(...args) + 1 }),
    out: /^msgrcv:/,
  },
  {
    name: 'a message is lost',
    fault: (calls) => ({ ...calls, msgsnd: (...args) => (sends++ % 64 === 0 ? 0 : calls.msgsnd(...args)) }),
    out: /^(queue:qnum|msgsnd:)/,
  },
  {
    name: 'another errno',
    fault: (calls) => ({ ...calls, errno: () => (calls.errno() === EAGAIN ? EAGAIN + 1 : calls.errno()) }),
    out: /^msgsnd:EAGAIN\|ENOMEM$/,
  },
  {
    name: 'a queue gets the id of another',
    fault: (calls) => {
      let last = -1;
      return {
        ...calls,
        msgget(key, flags) {
          const id = calls.msgget(key, flags);
          const said = id >= 0 && last >= 0 ? last : id;
          last = id;
          return said;
        },
      };
    },
    out: /^(msgget:id|queue:gone|msg)/,
  },
  {
    name: 'a queue is not removed',
    fault: (calls) => {
      let removals = 0;
      return {
        ...calls,
        msgctl: (id, command, struct) =>
          command === IPC_RMID && removals++ % 16 === 8 ? 0 : calls.msgctl(id, command, struct),
      };
    },
    out: /^(queue:there|msgget:|IPC_RMID:)/,
  },
  ...(['qnum', 'cbytes', 'qbytes'] as const).flatMap((name) => [
    {
      name: `${name} is one more`,
      fault: misstating(MSQID[name], (value) => value + 1),
      out: new RegExp(`^queue:${name}$`),
    },
    {
      name: `${name} has an upper half`,
      fault: misstating(MSQID[name] + 1, () => 1),
      out: new RegExp(`^queue:${name}$`),
    },
  ]),
  { name: 'no pid of a sender', fault: misstating(MSQID.lspid, () => 0), out: /^queue:sent$/ },
  {
    name: 'another pid of a receiver',
    fault: misstating(MSQID.lrpid, (pid) => pid && pid + 1),
    out: /^queue:received$/,
  },
  { name: 'no time of a receiver', fault: misstating(MSQID.rtime, () => 0), out: /^queue:received$/ },
];
