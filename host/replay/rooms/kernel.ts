/** Rooms I and L: who the peer is, and what the kernel no longer does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { MSG_OOB, SO_PEERCRED } from '../../libc/constants.js';
import { errnoName } from '../../libc/errno.js';
import { native } from '../../libc/native.js';
import { Unavailable } from '../../oracle/answer.js';
import * as n from '../../oracle/kernel/numbers.js';
import type { Replays } from '../replay.js';
import { asked } from '../tell.js';
import type { Wire } from '../wire.js';
import { sendOne } from './calls.js';

const DEPTH = 40;
/** One number on every architecture (since Linux 5.1). */
const SYS_io_uring_setup = 425;
/** sizeof(struct io_uring_params) */
const RING_PARAMETERS = 120;

export const KERNEL: Replays = {
  I1(wire) {
    const [left, right] = wire.kernel.pair(n.SOCK_DGRAM);
    asked(wire.send(left, {}));
    wire.kernel.set(right, n.SOL_SOCKET, n.SO_PASSCRED, 1, 'SO_PASSCRED');
    return wire.receive(right).messages.map(({ credentials }) => `process ${credentials?.pid}`);
  },

  async I4(wire) {
    const [ours, theirs] = wire.kernel.pair(n.SOCK_STREAM);
    const child = spawn('sleep', ['60'], { stdio: [theirs, 'ignore', 'ignore'] });
    try {
      await Promise.race([once(child, 'spawn'), once(child, 'error').then(([error]) => Promise.reject(error))]);
      wire.kernel.close(theirs);
      const peer = peerOf(ours);
      return [
        `the peer is ${peer === process.pid ? 'the process that made the pair' : `process ${peer}`}`,
        `it is ${peer === child.pid ? '' : 'not '}the one that has the other end`,
      ];
    } catch (error) {
      throw new Unavailable(`another process cannot be started: ${(error as Error).message}`);
    } finally {
      if (child.pid !== undefined && child.kill('SIGKILL')) await once(child, 'exit');
    }
  },

  L1(wire) {
    const before = countOpen();
    let inner = wire.kernel.pair(n.SOCK_STREAM);
    let depth = 0;
    for (; depth < DEPTH; depth++) {
      const outer = wire.kernel.pair(n.SOCK_STREAM);
      const answer = wire.send(outer[0], { control: wire.encode({ fds: [...inner] }) });
      // Until 6.10 the kernel counted levels.
      if (answer === 'ETOOMANYREFS') throw new Unavailable(`this kernel takes ${depth} levels at most`);
      asked(answer);
      for (const fd of inner) wire.kernel.close(fd);
      inner = outer;
    }
    for (const fd of inner) wire.kernel.close(fd);
    const left = countOpen() - before;
    return [`${depth} are taken`, left === 0 ? 'nothing is open' : `${left} are open`];
  },

  L5(wire) {
    const ring = openRing(wire);
    return [sendOne(wire, { control: wire.encode({ fds: [ring] }) })];
  },

  L6(wire) {
    const [left, right] = wire.kernel.pair(n.SOCK_STREAM);
    for (const byte of ['x', 'y']) {
      sendUrgent(wire, left, byte);
      wire.receive(right, { flags: MSG_OOB });
    }
    sendUrgent(wire, left, 'z');
    const [plain, urgent] = [0, MSG_OOB].map((flags) => {
      const got = wire.tryReceive(right, { flags });
      return typeof got === 'string' ? got : `${got.data.length} bytes`;
    });
    return [`the plain read: ${plain}`, `the out-of-band read: ${urgent}`];
  },
};

function sendUrgent(wire: Wire, fd: number, byte: string): void {
  asked(wire.send(fd, { data: new TextEncoder().encode(byte), flags: MSG_OOB }));
}

/** The pid that SO_PEERCRED tells. */
function peerOf(fd: number): number {
  const { libc, codec, base } = native();
  return codec.arena.lend(16, (out) => {
    codec.view.setUint32(out + 12, 12, true);
    if (libc.getsockopt(fd, n.SOL_SOCKET, SO_PEERCRED, base + out, base + out + 12) < 0) {
      throw new Unavailable(`SO_PEERCRED: ${errnoName(libc.errno())}`);
    }
    return codec.view.getInt32(out, true);
  });
}

function openRing({ kernel }: Wire): number {
  const { koffi, libc } = native();
  const syscall = koffi.load(null).func('long syscall(long, unsigned int, uint8_t *)');
  const ring = Number(syscall(SYS_io_uring_setup, 1, new Uint8Array(RING_PARAMETERS)));
  if (ring < 0) throw new Unavailable(`io_uring_setup: ${errnoName(libc.errno())}`);
  return kernel.own(ring);
}

function countOpen(): number {
  return readdirSync('/proc/self/fd').length;
}
