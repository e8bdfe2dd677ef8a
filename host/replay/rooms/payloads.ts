import { Unavailable } from '../../oracle/answer.js';
import { openLane } from '../../oracle/kernel/loopback.js';
import * as n from '../../oracle/kernel/numbers.js';
import type { Replays } from '../replay.js';
import { asked } from '../tell.js';
import type { Wire } from '../wire.js';

const SEGMENT = 3;
const TRAIN = 9;

export const PAYLOADS: Replays = {
  G1(wire) {
    const { sender, to } = openLane(wire.kernel, n.AF_INET);
    const tries: [string, number, number][] = [
      ['IP_TOS', n.IP_TOS, 1],
      ['IP_TOS', n.IP_TOS, 2],
      ['IP_TOS', n.IP_TOS, 4],
      ['IP_TTL', n.IP_TTL, 1],
      ['IP_TTL', n.IP_TTL, 4],
    ];
    return tries.map(([name, type, size]) => {
      const data = new Uint8Array(size);
      data[0] = 4;
      return `${name} of ${size}: ${wire.send(sender, { control: wire.encode({ level: n.IPPROTO_IP, type, data }), to })}`;
    });
  },

  G2(wire) {
    const lane = openLane(wire.kernel, n.AF_INET);
    wire.kernel.set(lane.receiver, n.IPPROTO_UDP, n.UDP_GRO, 1, 'UDP_GRO');
    const segments = { level: n.IPPROTO_UDP, type: n.UDP_SEGMENT, data: Uint8Array.of(SEGMENT, 0) };
    asked(wire.send(lane.sender, { control: wire.encode(segments), data: new Uint8Array(TRAIN), to: lane.to }));
    return lengthsOf(wire, lane.receiver, n.IPPROTO_UDP, n.UDP_GRO, 'UDP_GRO');
  },

  G3(wire) {
    const lane = openLane(wire.kernel, n.AF_INET);
    wire.kernel.set(lane.receiver, n.IPPROTO_IP, n.IP_RECVTOS, 1, 'IP_RECVTOS');
    const mark = { level: n.IPPROTO_IP, type: n.IP_TOS, data: Uint8Array.of(3, 0, 0, 0) };
    asked(wire.send(lane.sender, { control: wire.encode(mark), to: lane.to }));
    return lengthsOf(wire, lane.receiver, n.IPPROTO_IP, n.IP_TOS, 'IP_TOS');
  },
};

/** cmsg_len of the messages of one kind that come. */
function lengthsOf(wire: Wire, fd: number, level: number, type: number, name: string): string[] {
  wire.kernel.wait(fd, 'a datagram');
  const { messages } = wire.receive(fd, { flags: 0 });
  const found = messages.filter((message) => message.level === level && message.type === type);
  if (found.length === 0) throw new Unavailable(`no ${name} came`);
  return found.map(({ data }) => `${name}: cmsg_len ${wire.header + data.length}`);
}
