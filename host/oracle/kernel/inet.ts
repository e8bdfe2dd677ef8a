/** What IPv4 and IPv6 pass with a datagram (ip(7), ipv6(7)). */

import { ECONNREFUSED } from '../../libc/errno.js';
import { EMPTY, int32, join } from './bytes.js';
import { carried, int } from './carried.js';
import { type Expectation, is, text } from './dialogue.js';
import type { Exchange } from './exchange.js';
import { closedPort, LOOPBACK_6, loopbackIndex, openLane, portOf } from './loopback.js';
import * as n from './numbers.js';

const DATA = new TextEncoder().encode('ancillary');
const ELSEWHERE_4 = [127, 0, 0, 2];
const ELSEWHERE = ELSEWHERE_4.join('.');

/** What a closed port answers, as the queue of errors has it; and who answered. */
function refusal(spec: {
  name: string;
  family: number;
  level: number;
  type: number;
  option: number;
  origin: number;
  unreachable: { type: number; code: number };
  offender: Record<string, Expectation>;
}): Exchange {
  return {
    name: spec.name,
    run(dialogue) {
      const { kernel } = dialogue;
      const { sender } = openLane(kernel, spec.family);
      kernel.set(sender, spec.level, spec.option, 1, spec.name);
      kernel.send(sender, EMPTY, DATA, closedPort(kernel, spec.family));
      const received = kernel.receive(sender, { flags: n.MSG_ERRQUEUE });
      dialogue.must(received, spec.name, spec.level, spec.type, {
        ee_errno: is(ECONNREFUSED),
        ee_origin: is(spec.origin),
        ee_type: is(spec.unreachable.type),
        ee_code: is(spec.unreachable.code),
        ...spec.offender,
      });
    },
  };
}

export const inetExchanges: readonly Exchange[] = [
  {
    name: 'IP_PKTINFO',
    run(dialogue) {
      const { kernel } = dialogue;
      const { sender, receiver, to } = openLane(kernel, n.AF_INET);
      const index = loopbackIndex();
      kernel.set(receiver, n.IPPROTO_IP, n.IP_PKTINFO, 1, 'IP_PKTINFO');
      const value = { ipi_ifindex: index, ipi_spec_dst: ELSEWHERE, ipi_addr: '0.0.0.0' };
      const bytes = join(int32(index), new Uint8Array(ELSEWHERE_4), new Uint8Array(4));
      const packet = { name: 'IP_PKTINFO', level: n.IPPROTO_IP, type: n.IP_PKTINFO, value, bytes };
      kernel.send(sender, dialogue.encode(packet), DATA, to);
      const received = kernel.receive(receiver);
      dialogue.must(received, 'IP_PKTINFO', n.IPPROTO_IP, n.IP_PKTINFO, {
        ipi_ifindex: is(index),
        ipi_spec_dst: text('127.0.0.1'),
        ipi_addr: text('127.0.0.1'),
      });
      dialogue.same('the source that IP_PKTINFO asked for', received.from.slice(4, 8).join('.'), text(ELSEWHERE));
    },
  },
  carried({ name: 'IP_TTL', family: n.AF_INET, level: n.IPPROTO_IP, type: n.IP_TTL, option: n.IP_RECVTTL, value: 37 }),
  {
    name: 'IP_TOS',
    run(dialogue) {
      const { kernel } = dialogue;
      const { sender, receiver, to } = openLane(kernel, n.AF_INET);
      kernel.set(receiver, n.IPPROTO_IP, n.IP_RECVTOS, 1, 'IP_RECVTOS');
      kernel.send(sender, dialogue.encode(int('IP_TOS', n.IPPROTO_IP, n.IP_TOS, 0x48)), DATA, to);
      // It is taken as an int, and comes as one byte.
      const data = dialogue.must(kernel.receive(receiver), 'IP_TOS', n.IPPROTO_IP, n.IP_TOS, is(0x48));
      dialogue.same('the size of IP_TOS', data.length, is(1));
    },
  },
  {
    name: 'IP_ORIGDSTADDR',
    run(dialogue) {
      const { kernel } = dialogue;
      const { sender, receiver, to } = openLane(kernel, n.AF_INET);
      kernel.set(receiver, n.IPPROTO_IP, n.IP_ORIGDSTADDR, 1, 'IP_RECVORIGDSTADDR');
      kernel.send(sender, EMPTY, DATA, to);
      dialogue.must(kernel.receive(receiver), 'IP_ORIGDSTADDR', n.IPPROTO_IP, n.IP_ORIGDSTADDR, {
        sin_family: is(n.AF_INET),
        sin_port: is(portOf(to)),
        sin_addr: text('127.0.0.1'),
      });
    },
  },
  refusal({
    name: 'IP_RECVERR',
    family: n.AF_INET,
    level: n.IPPROTO_IP,
    type: n.IP_RECVERR,
    option: n.IP_RECVERR,
    origin: n.SO_EE_ORIGIN_ICMP,
    unreachable: n.ICMP_PORT_UNREACHABLE,
    offender: { sin_family: is(n.AF_INET), sin_addr: text('127.0.0.1') },
  }),
  {
    name: 'IPV6_PKTINFO',
    run(dialogue) {
      const { kernel } = dialogue;
      const { sender, receiver, to } = openLane(kernel, n.AF_INET6);
      const index = loopbackIndex();
      kernel.set(receiver, n.IPPROTO_IPV6, n.IPV6_RECVPKTINFO, 1, 'IPV6_RECVPKTINFO');
      const value = { ipi6_addr: '::1', ipi6_ifindex: index };
      const bytes = join(new Uint8Array(LOOPBACK_6), int32(index));
      const packet = { name: 'IPV6_PKTINFO', level: n.IPPROTO_IPV6, type: n.IPV6_PKTINFO, value, bytes };
      kernel.send(sender, dialogue.encode(packet), DATA, to);
      dialogue.must(kernel.receive(receiver), 'IPV6_PKTINFO', n.IPPROTO_IPV6, n.IPV6_PKTINFO, {
        ipi6_addr: text('::1'),
        ipi6_ifindex: is(index),
      });
    },
  },
  carried({
    name: 'IPV6_HOPLIMIT',
    family: n.AF_INET6,
    level: n.IPPROTO_IPV6,
    type: n.IPV6_HOPLIMIT,
    option: n.IPV6_RECVHOPLIMIT,
    value: 37,
  }),
  carried({
    name: 'IPV6_TCLASS',
    family: n.AF_INET6,
    level: n.IPPROTO_IPV6,
    type: n.IPV6_TCLASS,
    option: n.IPV6_RECVTCLASS,
    value: 0x48,
  }),
  {
    name: 'IPV6_ORIGDSTADDR',
    run(dialogue) {
      const { kernel } = dialogue;
      const { sender, receiver, to } = openLane(kernel, n.AF_INET6);
      kernel.set(receiver, n.IPPROTO_IPV6, n.IPV6_ORIGDSTADDR, 1, 'IPV6_RECVORIGDSTADDR');
      kernel.send(sender, EMPTY, DATA, to);
      dialogue.must(kernel.receive(receiver), 'IPV6_ORIGDSTADDR', n.IPPROTO_IPV6, n.IPV6_ORIGDSTADDR, {
        sin6_family: is(n.AF_INET6),
        sin6_port: is(portOf(to)),
        sin6_addr: text('::1'),
      });
    },
  },
  refusal({
    name: 'IPV6_RECVERR',
    family: n.AF_INET6,
    level: n.IPPROTO_IPV6,
    type: n.IPV6_RECVERR,
    option: n.IPV6_RECVERR,
    origin: n.SO_EE_ORIGIN_ICMP6,
    unreachable: n.ICMPV6_PORT_UNREACHABLE,
    offender: { sin6_family: is(n.AF_INET6), sin6_addr: text('::1') },
  }),
];
