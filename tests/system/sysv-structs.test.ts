/** What the running kernel writes and reads of queues goes by the rows, and by its own type information. */
import { existsSync, readFileSync } from 'node:fs';
import { encodeQueueMessage, layout, parseQueueMessage, readStruct, type Struct, writeStruct } from 'ancillary/codec';
import { queueInfo } from 'ancillary/sysv';
import koffi from 'koffi';
import * as assert from 'uvu/assert';
import { native } from '../../host/libc/native.js';
import { readBtf } from '../../host/oracle/btf/read.js';
import { compareStruct } from '../../host/oracle/compare.js';
import { IPC_INFO, IPC_NOWAIT, IPC_SET, IPC_STAT, MSG_INFO } from '../../host/sysv/constants.js';
import { checkQueues, noQueues, withQueue } from '../support/queues.js';
import { suite } from '../support/suite.js';

const t = suite('sysv structs');
const { abiId } = native();
const libc = koffi.load(null);
const msgctl = libc.func('int msgctl(int, int, void *)');
const msgsnd = libc.func('int msgsnd(int, const void *, size_t, int)');
const msgrcv = libc.func('long msgrcv(int, void *, size_t, long, int)');
const syscall = libc.func('long syscall(long, long, long, void *)');
/** __NR_msgctl of the processors of 64 bits that tests run on. */
const NR_MSGCTL: Partial<Record<NodeJS.Architecture, number>> = { x64: 71, arm64: 187 };

checkQueues(t);

/** More than any struct has, so that a row that is too short or too long reads other bytes. */
const room = () => new Uint8Array(512).fill(0xa5);

/** Bytes of a struct behind which the kernel has written nothing. */
function take(name: string, bytes: Uint8Array): ReturnType<typeof readStruct> {
  const { size } = layout(abiId).structs[name] as Struct;
  assert.ok(
    bytes.subarray(size).every((byte) => byte === 0xa5),
    `${name} has more than ${size} bytes`,
  );
  assert.is.not(bytes[size - 1], 0xa5, `${name} has less than ${size} bytes`);
  return readStruct(abiId, name, bytes);
}

if (noQueues) t.skip('what msgctl gives is read by the rows', noQueues);
else {
  t.test("IPC_STAT is read by the row of libc, and the kernel's own by the raw call", () =>
    withQueue((queue) => {
      queue.sendSync(3, 'abc');
      queue.sendSync(4, '');
      const bytes = room();
      assert.is(msgctl(queue.id, IPC_STAT, bytes), 0);
      const { msg_perm, ...status } = take('msqid_ds', bytes);
      const { mode, uid, gid, cuid, cgid, stime, ...known } = queue.stat();
      const perm = msg_perm as Record<string, number>;
      assert.equal([perm.mode, perm.uid, perm.gid, perm.cuid, perm.cgid], [mode, uid, gid, cuid, cgid]);
      assert.equal([status.msg_cbytes, status.msg_qnum, status.msg_qbytes], [3, 2, known.qbytes]);
      assert.equal([status.msg_lspid, status.msg_lrpid, status.msg_rtime], [process.pid, 0, 0]);
      assert.is(status.msg_stime, Number(stime) / 1000);
      const call = NR_MSGCTL[process.arch];
      if (call === undefined) return;
      const raw = room();
      assert.is(syscall(call, queue.id, IPC_STAT, raw), 0);
      assert.equal(take('msqid64_ds', raw), { msg_perm, ...status });
    }),
  );

  t.test('IPC_SET takes what writeStruct makes of a status', () =>
    withQueue((queue) => {
      const bytes = room();
      msgctl(queue.id, IPC_STAT, bytes);
      const status = readStruct(abiId, 'msqid_ds', bytes);
      const perm = { ...(status.msg_perm as Record<string, number>), mode: 0o640 };
      assert.is(
        msgctl(queue.id, IPC_SET, writeStruct(abiId, 'msqid_ds', { ...status, msg_perm: perm, msg_qbytes: 77 })),
        0,
      );
      const { mode, qbytes } = queue.stat();
      assert.equal([mode, qbytes], [0o640, 77]);
    }),
  );

  t.test('IPC_INFO and MSG_INFO are read by the row', () =>
    withQueue((queue) => {
      queue.sendSync(1, 'abc');
      const [limits, held] = [IPC_INFO, MSG_INFO].map((command) => {
        const bytes = room();
        assert.ok(msgctl(0, command, bytes) >= 0);
        // The last two bytes are no member, but the kernel writes the struct as a whole.
        return take('msginfo', bytes);
      });
      const { msgmax, msgmnb, msgmni } = queueInfo();
      assert.equal([limits?.msgmax, limits?.msgmnb, limits?.msgmni], [msgmax, msgmnb, msgmni]);
      assert.ok(Number(held?.msgpool) >= 1 && Number(held?.msgmap) >= 1 && Number(held?.msgtql) >= 3);
    }),
  );

  t.test('msgsnd takes what is encoded, and what msgrcv gives is parsed, of any type and length', () =>
    withQueue((queue) => {
      const greatest = 2n ** BigInt(8 * koffi.sizeof('long') - 1) - 1n;
      for (const type of [1, 255, 2 ** 31 - 1, Number.isSafeInteger(Number(greatest)) ? Number(greatest) : greatest]) {
        for (const size of [0, 1, 8, 4048, 4049]) {
          const text = new Uint8Array(size).fill(0x42);
          assert.is(msgsnd(queue.id, encodeQueueMessage(abiId, type, text), size, IPC_NOWAIT), 0);
          const bytes = new Uint8Array(8192);
          const length = Number(msgrcv(queue.id, bytes, 8000, 0, IPC_NOWAIT));
          assert.is(length, size);
          const whole = bytes.subarray(0, koffi.sizeof('long') + length);
          assert.equal(parseQueueMessage(abiId, whole), { type, text });
        }
      }
      // Encoded for a kernel that refuses them.
      for (const type of [0, -1]) {
        assert.is(msgsnd(queue.id, encodeQueueMessage(abiId, type, new Uint8Array(1)), 1, IPC_NOWAIT), -1);
      }
    }),
  );
}

const BTF = '/sys/kernel/btf/vmlinux';
if (existsSync(BTF) && process.arch === 'x64') {
  t.test("the kernel's type information has every struct of queues as the rows say, of both its ABIs", () => {
    const names = ['msqid64_ds', 'ipc64_perm', 'msgbuf', 'msginfo', 'compat_msqid64_ds', 'compat_ipc64_perm'];
    const { structs } = readBtf(readFileSync(BTF), { structs: names, enumerators: [] });
    let facts = 0;
    for (const name of names) {
      const isCompat = name.startsWith('compat_');
      const row = layout(isCompat ? 'i386-glibc' : 'x86_64-glibc').structs[name.replace('compat_', '')] as Struct;
      for (const said of structs.get(name) ?? []) compareStruct(name, row, said, () => facts++);
    }
    assert.ok(facts > 80, `${facts} facts`);
  });
} else t.skip("the kernel's type information has every struct of queues", `there is no ${BTF}, or another machine`);

t.run();
