/** What UDP sockets, and sockets of any family, pass with a datagram (udp(7), socket(7)). */
import { Difference, Unavailable } from '../answer.js';
import { EMPTY, int32, join, LE } from './bytes.js';
import { carried } from './carried.js';
import { type Dialogue, is } from './dialogue.js';
import type { Exchange } from './exchange.js';
import { openLane } from './loopback.js';
import * as n from './numbers.js';

const DATA = new TextEncoder().encode('ancillary');

function sendSegments(
  dialogue: Dialogue,
  lane: { sender: number; to: Uint8Array },
  size: number,
  data: Uint8Array,
): void {
  const bytes = new Uint8Array(2);
  new DataView(bytes.buffer).setUint16(0, size, LE);
  const segment = { name: 'UDP_SEGMENT', level: n.IPPROTO_UDP, type: n.UDP_SEGMENT, value: size, bytes };
  dialogue.kernel.send(lane.sender, dialogue.encode(segment), data, lane.to);
}

export const datagramExchanges: readonly Exchange[] = [
  {
    name: 'UDP_SEGMENT',
    run(dialogue) {
      const lane = openLane(dialogue.kernel, n.AF_INET);
      sendSegments(dialogue, lane, 4, DATA);
      for (const size of [4, 4, 1]) {
        dialogue.same('a segment', dialogue.kernel.receive(lane.receiver).data.length, is(size));
      }
    },
  },
  {
    name: 'UDP_GRO',
    run(dialogue) {
      const lane = openLane(dialogue.kernel, n.AF_INET);
      dialogue.kernel.set(lane.receiver, n.IPPROTO_UDP, n.UDP_GRO, 1, 'UDP_GRO');
      sendSegments(dialogue, lane, 3, DATA);
      const received = dialogue.kernel.receive(lane.receiver);
      if (received.data.length !== DATA.length) throw new Unavailable('the segments did not come together');
      dialogue.must(received, 'UDP_GRO', n.IPPROTO_UDP, n.UDP_GRO, is(3));
    },
  },
  {
    name: 'SO_RXQ_OVFL',
    run(dialogue) {
      const { kernel } = dialogue;
      const { sender, receiver, to } = openLane(kernel, n.AF_INET);
      kernel.set(receiver, n.SOL_SOCKET, n.SO_RXQ_OVFL, 1, 'SO_RXQ_OVFL');
      kernel.set(receiver, n.SOL_SOCKET, n.SO_RCVBUF, 1, 'SO_RCVBUF');
      const SENT = 64;
      for (let i = 0; i < SENT; i++) kernel.send(sender, EMPTY, new Uint8Array(1000), to);
      let lost = SENT;
      for (; kernel.isReady(receiver); lost--) kernel.receive(receiver);
      if (lost === 0) throw new Unavailable(`${SENT} datagrams did not overflow the queue`);
      kernel.send(sender, EMPTY, DATA, to);
      dialogue.must(kernel.receive(receiver), 'SO_RXQ_OVFL', n.SOL_SOCKET, n.SO_RXQ_OVFL, is(lost));
    },
  },
  carried({
    name: 'SO_MARK',
    family: n.AF_INET,
    level: n.SOL_SOCKET,
    type: n.SO_MARK,
    option: n.SO_RCVMARK,
    value: 0x1234,
  }),
  carried({
    name: 'SO_PRIORITY',
    family: n.AF_INET,
    level: n.SOL_SOCKET,
    type: n.SO_PRIORITY,
    option: n.SO_RCVPRIORITY,
    value: 5,
  }),
  {
    name: 'SCM_TXTIME',
    run(dialogue) {
      const { kernel } = dialogue;
      const { sender, receiver, to } = openLane(kernel, n.AF_INET);
      // struct sock_txtime: clockid, flags
      kernel.set(sender, n.SOL_SOCKET, n.SO_TXTIME, join(int32(n.CLOCK_TAI), int32(0)), 'SO_TXTIME');
      const at = kernel.now(n.CLOCK_TAI);
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigUint64(0, at, LE);
      const time = { name: 'SCM_TXTIME', level: n.SOL_SOCKET, type: n.SO_TXTIME, value: at, bytes };
      kernel.send(sender, dialogue.encode(time), DATA, to);
      dialogue.same('what arrived', kernel.receive(receiver).data.length, is(DATA.length));
      // The counter-proof: half of it is refused.
      const half = dialogue.raw(n.SOL_SOCKET, n.SO_TXTIME, bytes.subarray(0, 4));
      if (kernel.trySend(sender, half, DATA, to) === 0) throw new Difference('SCM_TXTIME: 4 bytes are taken too');
    },
  },
];
