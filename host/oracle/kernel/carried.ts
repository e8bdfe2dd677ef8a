import { int32 } from './bytes.js';
import { is, type Spoken } from './dialogue.js';
import type { Exchange } from './exchange.js';
import { openLane } from './loopback.js';

const DATA = new TextEncoder().encode('ancillary');

export const int = (name: string, level: number, type: number, value: number): Spoken => ({
  name,
  level,
  type,
  value,
  bytes: int32(value),
});

/** A number that a row encodes, that the kernel puts on the way, and that comes out at the other end. */
export function carried(spec: {
  name: string;
  family: number;
  level: number;
  type: number;
  option: number;
  value: number;
}): Exchange {
  const { name, family, level, type, option, value } = spec;
  return {
    name,
    run(dialogue) {
      const { kernel } = dialogue;
      const { sender, receiver, to } = openLane(kernel, family);
      kernel.set(receiver, level, option, 1, `the option for ${name}`);
      kernel.send(sender, dialogue.encode(int(name, level, type, value)), DATA, to);
      dialogue.must(kernel.receive(receiver), name, level, type, is(value));
    },
  };
}
