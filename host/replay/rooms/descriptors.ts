import { MSG_CMSG_CLOEXEC } from '../../libc/constants.js';
import * as n from '../../oracle/kernel/numbers.js';
import type { Replays } from '../replay.js';
import { asked, many, truncated } from '../tell.js';
import { passed } from './truncation.js';

export const DESCRIPTORS: Replays = {
  B1(wire) {
    const fd = wire.file();
    return [1, 3, 5, 15, 16, 17].map((limit) => {
      const fds = Array.from({ length: limit + 1 }, () => fd);
      const space = wire.encode({ fds: fds.slice(1) }).length;
      const got = passed(wire, fds, space);
      return [`n = ${limit}: ${got.fds.length} came`, ...truncated(got)].join(', ');
    });
  },

  B8(wire) {
    const [left, right] = wire.kernel.pair(n.SOCK_STREAM);
    asked(wire.send(left, { control: wire.encode({ fds: [wire.file()] }), data: new Uint8Array(10) }));
    return Array.from({ length: 4 }, () => {
      const { data, fds } = wire.receive(right, { size: 3 });
      return [many(data.length, 'byte'), ...(fds.length > 0 ? [many(fds.length, 'descriptor')] : [])].join(', ');
    });
  },

  B9(wire) {
    const [left, right] = wire.kernel.pair(n.SOCK_STREAM);
    const [without, withFlag] = [0, MSG_CMSG_CLOEXEC].map((flags) => {
      asked(wire.send(left, { control: wire.encode({ fds: [wire.file()] }) }));
      const got = wire.receive(right, { flags });
      const isClosed = got.fds.every((fd) => wire.isCloseOnExec(fd));
      return { isClosed, isTold: (got.flags & MSG_CMSG_CLOEXEC) !== 0 };
    });
    return [
      `without: ${without?.isClosed ? 'closed there' : 'stays open in a new program'}`,
      `with: ${withFlag?.isClosed ? 'closed there' : 'stays open'}, and the flag is ${withFlag?.isTold ? '' : 'not '}told`,
    ];
  },
};
