import { fstatSync } from 'node:fs';
import { SCM_MAX_FD } from '../../libc/constants.js';
import { Unavailable } from '../../oracle/answer.js';
import * as n from '../../oracle/kernel/numbers.js';
import type { Replays } from '../replay.js';
import { many, truncated } from '../tell.js';
import type { Wire } from '../wire.js';
import { passed } from './truncation.js';

const STDIN = 0;

export const LENGTHS: Replays = {
  C1(wire) {
    if (!isOpen(STDIN)) throw new Unavailable('this process has no standard input');
    return [0, 0xffffffff].map((pad) => {
      const [left, right] = wire.kernel.pair(n.SOCK_STREAM);
      const fd = wire.file();
      const control = wire.encode({ fds: [fd] });
      const view = new DataView(control.buffer);
      view.setBigUint64(0, BigInt(control.length), true);
      view.setUint32(control.length - 4, pad, true);
      const answer = wire.send(left, { control });
      const name = pad === 0 ? 'zero' : `0x${pad.toString(16)}`;
      if (answer !== 'taken') return `${name}: ${answer}`;
      const { fds } = wire.receive(right);
      const [, second] = fds;
      const isGift = second !== undefined && wire.isSameFile(second, STDIN);
      return `${name}: taken, ${many(fds.length, 'descriptor')} came, the second is ${isGift ? '' : 'not '}standard input`;
    });
  },

  C3(wire) {
    const two = [wire.file(), wire.file()];
    return [wire.header + 4, wire.header + 8].map((room) => {
      const got = passed(wire, two, room);
      return [`${room}: ${got.fds.length}`, ...truncated(got)].join(', ');
    });
  },

  C4(wire) {
    const control = wire.encode({ fds: [wire.file()] });
    return [wire.header + 4, wire.header + 3].map((controllen) => {
      const [left] = wire.kernel.pair(n.SOCK_STREAM);
      return `${controllen}: ${wire.send(left, { control, controllen })}`;
    });
  },

  C5(wire) {
    return [0, 15, 16].map((more) => {
      const [left] = wire.kernel.pair(n.SOCK_STREAM);
      const control = wire.encode({ fds: [wire.file()] });
      const longer = new Uint8Array(control.length + more);
      longer.set(control);
      return `${many(more, 'zero')} behind: ${wire.send(left, { control: longer })}`;
    });
  },

  C8(wire) {
    const half = (SCM_MAX_FD + 1) / 2;
    return [[SCM_MAX_FD], [SCM_MAX_FD + 1], [half, half]].map(
      (counts) => `${counts.join(' and ')}: ${sendMany(wire, counts)}`,
    );
  },
};

function sendMany(wire: Wire, counts: readonly number[]): string {
  const [left] = wire.kernel.pair(n.SOCK_STREAM);
  const fd = wire.file();
  // By its bytes: the codec does not encode more than the kernel takes.
  const messages = counts.map((count) => ({
    level: n.SOL_SOCKET,
    type: n.SCM_RIGHTS,
    data: new Uint8Array(new Int32Array(count).fill(fd).buffer),
  }));
  return wire.send(left, { control: wire.encode(...messages) });
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}
