import * as n from '../../oracle/kernel/numbers.js';
import type { Replays } from '../replay.js';
import { asked, many, textOf } from '../tell.js';
import type { Wire } from '../wire.js';
import { sendOne } from './calls.js';

export const DELIVERY: Replays = {
  H1(wire) {
    const [left, right] = wire.kernel.pair(n.SOCK_STREAM);
    for (const text of ['AA', 'BB', 'CC']) {
      const control = text === 'BB' ? wire.encode({ fds: [wire.file()] }) : new Uint8Array(0);
      asked(wire.send(left, { control, data: new TextEncoder().encode(text) }));
    }
    return reads(wire, right, (data) => textOf(data));
  },

  H2(wire) {
    const [left, right] = wire.kernel.pair(n.SOCK_STREAM);
    for (let i = 0; i < 2; i++) {
      asked(wire.send(left, { control: wire.encode({ fds: [wire.file()] }), data: new Uint8Array(1) }));
    }
    return reads(wire, right, (data) => many(data.length, 'byte'));
  },

  H3(wire) {
    const [left, right] = wire.kernel.pair(n.SOCK_STREAM);
    const [held, sent] = wire.kernel.pair(n.SOCK_STREAM);
    asked(wire.send(left, { control: wire.encode({ fds: [sent] }), data: new Uint8Array(0) }));
    const { sentBytes } = wire;
    const got = wire.tryReceive(right);
    wire.kernel.close(sent);
    // The end of its stream: nobody has the other end any more, on its way neither.
    const end = wire.tryReceive(held);
    return [
      `sendmsg returns ${sentBytes}`,
      got === 'EAGAIN' ? 'nothing can be read' : 'something can be read',
      typeof end !== 'string' && end.data.length === 0 ? 'the descriptor is closed' : 'the descriptor is open',
    ];
  },

  H4(wire) {
    const [left, right] = wire.kernel.pair(n.SOCK_STREAM);
    const fd = wire.file();
    asked(wire.send(left, { control: wire.encode({ fds: [fd] }, { fds: [fd] }) }));
    const { messages, fds } = wire.receive(right);
    const lengths = messages.map(({ data }) => `cmsg_len ${wire.header + data.length}`);
    return [[many(messages.length, 'header'), ...lengths, many(fds.length, 'descriptor')].join(', ')];
  },

  H5(wire) {
    const control = wire.encode({ fds: [wire.file()] });
    return [
      `pointer, 0: ${sendOne(wire, { control, controllen: 0 })}`,
      `no pointer, ${control.length}: ${sendOne(wire, { control, shift: null })}`,
    ];
  },
};

/** What each read brings, until there is nothing. */
function reads(wire: Wire, fd: number, tell: (data: Uint8Array) => string): string[] {
  const lines: string[] = [];
  for (let got = wire.tryReceive(fd); typeof got !== 'string'; got = wire.tryReceive(fd)) {
    const { data, fds } = got;
    lines.push([tell(data), ...(fds.length > 0 ? [many(fds.length, 'descriptor')] : [])].join(', '));
  }
  return lines;
}
