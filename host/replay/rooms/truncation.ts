import { Unavailable } from '../../oracle/answer.js';
import { ipv6, LOOPBACK_6 } from '../../oracle/kernel/loopback.js';
import * as n from '../../oracle/kernel/numbers.js';
import type { Replays } from '../replay.js';
import { asked, bytesAre, many, truncated } from '../tell.js';
import { DIRT, type Got, type Wire } from '../wire.js';

const CONTROL = 64;
/** A train of UDP segments: their sizes, and all of it. */
const SEGMENT = 4;
const TRAIN = 9;

export const TRUNCATION: Replays = {
  A1(wire) {
    const got = receiveAtLimit(wire);
    return [`${got.data.length} bytes`, ...truncated(got), `msg_controllen ${got.controllen}`, stateOf(got, DIRT)];
  },

  A3(wire) {
    const [left, right] = wire.kernel.pair(n.SOCK_STREAM);
    const fd = wire.file();
    for (let i = 0; i < 2; i++) wire.send(left, { control: wire.encode({ fds: [fd] }) });
    const [first, second] = wire.withFree(1, () => [
      wire.receive(right, { room: CONTROL }),
      wire.receive(right, { room: CONTROL, keepsBuffer: true }),
    ]);
    const isSame = first.buffer.every((byte, i) => byte === second.buffer[i]);
    return [
      `the second read: ${truncated(second).join() || 'whole'}`,
      `msg_controllen ${second.controllen}`,
      isSame ? 'the buffer is as it was' : 'the buffer is another',
    ];
  },

  A4(wire) {
    const got = receiveAtLimit(wire);
    const { header } = wire;
    const believed = new DataView(got.buffer.buffer).getInt32(header, true);
    return [...truncated(got), `msg_controllen ${got.controllen}`, `the descriptor in the buffer: ${believed}`];
  },

  A5(wire) {
    const three = Array.from({ length: 3 }, () => wire.file());
    return [-1, 0, 4, 8].map((more) => {
      const room = wire.header + 4 + more;
      const got = passed(wire, three, room);
      const rest = [...truncated(got), `msg_controllen ${got.controllen}`];
      return `${room}: ${[got.fds.length || 'none', ...rest].join(', ')}`;
    });
  },

  A6(wire) {
    return [24, 32, 56].map((room) => {
      const [left, right] = wire.kernel.pair(n.SOCK_STREAM);
      wire.kernel.set(right, n.SOL_SOCKET, n.SO_PASSCRED, 1, 'SO_PASSCRED');
      wire.send(left, { control: wire.encode({ fds: [wire.file()] }) });
      const got = wire.receive(right, { room });
      const size = got.messages[0]?.data.length;
      return `${room}: ${[`credentials of ${size} bytes`, many(got.fds.length, 'descriptor'), ...truncated(got)].join(', ')}`;
    });
  },

  A8(wire) {
    return [96, 120].map((room) => {
      const { receiver, sender, to } = openLane6(wire);
      const options: [number, number, string][] = [
        [n.SOL_SOCKET, n.SO_TIMESTAMPNS_OLD, 'SO_TIMESTAMPNS'],
        [n.IPPROTO_UDP, n.UDP_GRO, 'UDP_GRO'],
        [n.IPPROTO_IPV6, n.IPV6_RECVPKTINFO, 'IPV6_RECVPKTINFO'],
        [n.IPPROTO_IPV6, n.IPV6_RECVTCLASS, 'IPV6_RECVTCLASS'],
      ];
      for (const [level, option, name] of options) wire.kernel.set(receiver, level, option, 1, name);
      const segments = { level: n.IPPROTO_UDP, type: n.UDP_SEGMENT, data: Uint8Array.of(SEGMENT, 0) };
      asked(wire.send(sender, { control: wire.encode(segments), data: new Uint8Array(TRAIN), to }));
      wire.kernel.wait(receiver, 'a train of segments');
      const got = wire.receive(receiver, { room, flags: 0 });
      if (got.data.length !== TRAIN) throw new Unavailable('the segments did not come together');
      return `${room}: ${[...got.messages.map(nameOf), ...truncated(got)].join(', ')}`;
    });
  },

  A10(wire) {
    return [0, 1, 8, 11, 12].map((size) => {
      const room = wire.header + size;
      const [left, right] = wire.kernel.pair(n.SOCK_STREAM);
      wire.kernel.set(right, n.SOL_SOCKET, n.SO_PASSCRED, 1, 'SO_PASSCRED');
      wire.send(left, {});
      const got = wire.receive(right, { room });
      const [message] = got.messages;
      return `${room}: cmsg_len ${message ? wire.header + message.data.length : 0}${got.isTruncated ? '' : ', whole'}`;
    });
  },

  A14(wire) {
    const [left, right] = wire.kernel.pair(n.SOCK_STREAM);
    wire.send(left, { control: wire.encode({ fds: [wire.file()] }) });
    const MSG_PEEK = 2;
    const peeks = Array.from({ length: 3 }, () => wire.receive(right, { flags: MSG_PEEK }).fds);
    const read = wire.receive(right).fds;
    const counts = new Set(peeks.map((fds) => many(fds.length, 'descriptor')));
    return [
      `each of ${peeks.length} peeks: ${[...counts].join(' or ')}`,
      `the read: ${many(read.length, 'descriptor')}`,
      `${new Set([...peeks.flat(), ...read]).size} descriptors are open`,
    ];
  },
};

/** One descriptor for a process that may open no more. */
function receiveAtLimit(wire: Wire): Got {
  const [left, right] = wire.kernel.pair(n.SOCK_STREAM);
  wire.send(left, { control: wire.encode({ fds: [wire.file()] }) });
  return wire.withFree(0, () => wire.receive(right, { room: CONTROL }));
}

function stateOf({ buffer }: Got, dirt: number): string {
  return bytesAre(buffer, dirt) ? 'the buffer is as it was' : 'the buffer is another';
}

/** What comes of some descriptors in so much room. */
export function passed(wire: Wire, fds: number[], room: number): Got {
  const [left, right] = wire.kernel.pair(n.SOCK_STREAM);
  asked(wire.send(left, { control: wire.encode({ fds }) }));
  return wire.receive(right, { room });
}

function openLane6({ kernel }: Wire) {
  const receiver = kernel.socket(n.AF_INET6, n.SOCK_DGRAM);
  const to = kernel.bind(receiver, ipv6(LOOPBACK_6));
  return { receiver, sender: kernel.socket(n.AF_INET6, n.SOCK_DGRAM), to };
}

const NAMES: Record<string, string> = {
  [`${n.SOL_SOCKET} ${n.SO_TIMESTAMPNS_OLD}`]: 'SO_TIMESTAMPNS',
  [`${n.IPPROTO_UDP} ${n.UDP_GRO}`]: 'UDP_GRO',
  [`${n.IPPROTO_IPV6} ${n.IPV6_PKTINFO}`]: 'IPV6_PKTINFO',
  [`${n.IPPROTO_IPV6} ${n.IPV6_TCLASS}`]: 'IPV6_TCLASS',
};

function nameOf({ level, type }: { level: number; type: number }): string {
  return NAMES[`${level} ${type}`] ?? `${level}/${type}`;
}
