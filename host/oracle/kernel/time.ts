/** When a datagram arrived: SO_TIMESTAMP and its kin, in the old and the new layout (socket(7), timestamping.rst). */
import { Unavailable } from '../answer.js';
import { EMPTY } from './bytes.js';
import { between, type Dialogue } from './dialogue.js';
import type { Exchange } from './exchange.js';
import { openLane } from './loopback.js';
import * as n from './numbers.js';

/** A clock may be set meanwhile, and the kernel reads it at other moments: this many nanoseconds on either side. */
const SLACK = 1_000_000_000n;
/** Stamping begins a moment after it was asked for: so often one is waited for. */
const TRIES = 20;

/** Options whose messages go by the same number; `fraction` is what is beside tv_sec, and how many nanoseconds it is. */
const STAMPS = [
  { name: 'SO_TIMESTAMP_OLD', option: n.SO_TIMESTAMP_OLD, fraction: 'tv_usec', unit: 1000n },
  { name: 'SO_TIMESTAMP_NEW', option: n.SO_TIMESTAMP_NEW, fraction: 'tv_usec', unit: 1000n },
  { name: 'SO_TIMESTAMPNS_OLD', option: n.SO_TIMESTAMPNS_OLD, fraction: 'tv_nsec', unit: 1n },
  { name: 'SO_TIMESTAMPNS_NEW', option: n.SO_TIMESTAMPNS_NEW, fraction: 'tv_nsec', unit: 1n },
  { name: 'SO_TIMESTAMPING_OLD', option: n.SO_TIMESTAMPING_OLD, fraction: 'tv_nsec', unit: 1n },
  { name: 'SO_TIMESTAMPING_NEW', option: n.SO_TIMESTAMPING_NEW, fraction: 'tv_nsec', unit: 1n },
];

const isStamping = (option: number) => option === n.SO_TIMESTAMPING_OLD || option === n.SO_TIMESTAMPING_NEW;

export const timeExchanges: readonly Exchange[] = STAMPS.map(({ name, option, fraction, unit }) => ({
  name,
  run(dialogue: Dialogue) {
    const { kernel } = dialogue;
    const { sender, receiver, to } = openLane(kernel, n.AF_INET);
    const value = isStamping(option) ? n.SOF_TIMESTAMPING_RX_SOFTWARE | n.SOF_TIMESTAMPING_SOFTWARE : 1;
    kernel.set(receiver, n.SOL_SOCKET, option, value, name);
    for (let i = 0; i < TRIES; i++) {
      const before = kernel.now(n.CLOCK_REALTIME) - SLACK;
      kernel.send(sender, EMPTY, new Uint8Array([i]), to);
      const received = kernel.receive(receiver);
      const after = kernel.now(n.CLOCK_REALTIME) + SLACK;
      const found = dialogue.find(received, name, n.SOL_SOCKET, option, {
        tv_sec: between(before / 1_000_000_000n, after / 1_000_000_000n),
        [fraction]: between(0n, 1_000_000_000n / unit - 1n),
      });
      if (found) return;
      kernel.pause(5);
    }
    throw new Unavailable(`of ${TRIES} datagrams none got a time`);
  },
}));
