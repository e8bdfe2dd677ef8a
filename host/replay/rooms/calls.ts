/** Rooms D, E, F, J and K: headers and structs that are not as they should be. */
import { hexOfBytes } from '../../model/hex.js';
import * as n from '../../oracle/kernel/numbers.js';
import type { Replays } from '../replay.js';
import { asked, many } from '../tell.js';
import type { Sending, Wire } from '../wire.js';

const UPPER = 4;

export const CALLS: Replays = {
  D1(wire) {
    return [false, true].map((isZeroed) => {
      const control = new Uint8Array(wire.encode({ fds: [0] }).length);
      const view = new DataView(control.buffer);
      [wire.header + 4, isZeroed ? 0 : n.SOL_SOCKET, n.SCM_RIGHTS, wire.file()].forEach((word, i) => {
        view.setUint32(4 * i, word, true);
      });
      return `${isZeroed ? 'zeroed' : 'as it is'}: ${sendOne(wire, { control })}`;
    });
  },

  D4(wire) {
    return [
      sendOne(wire, {
        control: wire.encode({ fds: [wire.file()] }),
        spoil: (
          view,
          {
            msghdr: {
              msg_controllen: { offset },
            },
          },
        ) => {
          view.setUint32(offset + UPPER, view.getUint32(offset, true), true);
          view.setUint32(offset, 0, true);
        },
      }),
    ];
  },

  D7(wire) {
    return (['msg_iovlen', 'msg_controllen'] as const).map((member) => {
      const answer = sendOne(wire, {
        control: wire.encode({ fds: [wire.file()] }),
        spoil: (view, { msghdr }) => view.setUint32(msghdr[member].offset + UPPER, 1, true),
      });
      return `${member}: ${answer}`;
    });
  },

  E3(wire) {
    return [0, 12, 15, -1, -7, 16, 19, 21].map((length) => {
      const control = wire.encode({ fds: [wire.file()] });
      new DataView(control.buffer).setBigInt64(0, BigInt(length), true);
      return `${length}: ${sendAndCount(wire, control)}`;
    });
  },

  F1(wire) {
    const control = wire.encode({ fds: [wire.file()] });
    const short = control.slice();
    // CMSG_LEN of one descriptor for a 32-bit program.
    const GUEST_LENGTH = 16;
    new DataView(short.buffer).setBigUint64(0, BigInt(GUEST_LENGTH), true);
    const guest = new Uint8Array(new Uint32Array([GUEST_LENGTH, n.SOL_SOCKET, n.SCM_RIGHTS, wire.file()]).buffer);
    return [
      `64-bit: ${sendAndCount(wire, control).replace('taken, ', '')}`,
      `32-bit: ${sendOne(wire, { control: guest })}`,
      `cmsg_len ${GUEST_LENGTH}: ${sendAndCount(wire, short)}`,
    ];
  },

  F7(wire) {
    return (
      [
        [n.SOCK_DGRAM, 'SOCK_DGRAM'],
        [n.SOCK_SEQPACKET, 'SOCK_SEQPACKET'],
      ] as const
    ).map(([type, name]) => {
      const [left, right] = wire.kernel.pair(type);
      asked(wire.send(left, { control: wire.encode({ fds: [wire.file()] }), data: new Uint8Array(0) }));
      const { data, fds } = wire.receive(right);
      return `${name}: ${data.length} bytes, ${many(fds.length, 'descriptor')}`;
    });
  },

  G4(wire) {
    const data = new Uint8Array(new Int32Array([wire.file()]).buffer);
    const BSD_SOL_SOCKET = 0xffff;
    const BSD_CREDENTIALS = 3;
    return [
      `level 0xffff: ${sendAndCount(wire, wire.encode({ level: BSD_SOL_SOCKET, type: n.SCM_RIGHTS, data }))}`,
      `type 3: ${sendAndCount(wire, wire.encode({ level: n.SOL_SOCKET, type: BSD_CREDENTIALS, data }))}`,
    ];
  },

  J1(wire) {
    const [left, right] = wire.kernel.pair(n.SOCK_STREAM);
    asked(wire.send(left, { control: wire.encode({ fds: [wire.file()] }) }));
    const got = wire.receive(right);
    const end = wire.header + (got.messages[0]?.data.length ?? 0);
    return [
      `msg_controllen ${got.controllen}`,
      `behind the payload: ${hexOfBytes(got.buffer.subarray(end, got.controllen), ' ')}`,
    ];
  },

  K3(wire) {
    return [1, 4].map((shift) => `${shift}: ${sendOne(wire, { control: wire.encode({ fds: [wire.file()] }), shift })}`);
  },
};

/** The answer to one call on a new pair. */
export function sendOne(wire: Wire, sending: Sending): string {
  const [left] = wire.kernel.pair(n.SOCK_STREAM);
  return wire.send(left, sending);
}

/** The answer, and how many descriptors came. */
function sendAndCount(wire: Wire, control: Uint8Array): string {
  const [left, right] = wire.kernel.pair(n.SOCK_STREAM);
  const answer = wire.send(left, { control });
  return answer === 'taken' ? `taken, ${wire.receive(right).fds.length || 'none'} came` : answer;
}
