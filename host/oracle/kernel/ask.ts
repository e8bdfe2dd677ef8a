import { AncillaryError } from '../../errors/error.js';
import { native } from '../../libc/native.js';
import type { CodecInstance } from '../../wasm/instance.js';
import { Difference, type Oracle, Unavailable, type Verdict } from '../answer.js';
import { machineAbis } from '../machine.js';
import { msghdrShape } from '../shape.js';
import { datagramExchanges } from './datagram.js';
import { Dialogue } from './dialogue.js';
import type { Exchange } from './exchange.js';
import { inetExchanges } from './inet.js';
import { judgeRefusal } from './loopback.js';
import { otherExchanges } from './others.js';
import { Kernel } from './socket.js';
import { timeExchanges } from './time.js';
import { unixExchanges } from './unix.js';
import { askKernelWalk, KERNEL_WALK } from './walk.js';

const EXCHANGES: readonly Exchange[] = [
  ...unixExchanges,
  ...timeExchanges,
  ...inetExchanges,
  ...datagramExchanges,
  ...otherExchanges,
];

/**
 * The running kernel: what it writes is read by the rows and must say what was asked for; what the rows encode it must
 * take, and it must have its effect. Nothing leaves the machine, and nothing is left open.
 */
export const kernelOracle: Oracle = {
  name: 'kernel',
  summary: 'the running kernel takes what the rows encode, and they read what it writes, on loopback sockets',
  scope: 'the kernel serves programs of its own ABIs only',
  ask(asking, tell) {
    const abis = machineAbis(asking);
    const walk = asking.subjects.find(({ kind, id }) => kind === 'walk' && id === KERNEL_WALK);
    const reason = abis.length > 0 || walk ? whyNot() : undefined;
    for (const abi of abis) {
      asking.progress(`kernel: ${abi.id}`);
      tell(abi, reason === undefined ? askKernel(asking.codec, abi.id) : { state: 'not run', reason });
    }
    if (walk) {
      asking.progress(`kernel: ${walk.id}`);
      tell(walk, reason === undefined ? askKernelWalk(asking.codec, native().abiId) : { state: 'not run', reason });
    }
  },
};

function whyNot(): string | undefined {
  try {
    native();
    return undefined;
  } catch (error) {
    if (error instanceof AncillaryError) return error.message;
    throw error;
  }
}

/** What the kernel says of one row; it need not be one of this machine, to which it is then unlike. */
export function askKernel(codec: CodecInstance, abi: string): Verdict {
  const unknown = new Set<string>();
  const missing = new Map<string, string[]>();
  let facts = 0;
  for (const exchange of EXCHANGES) {
    const kernel = new Kernel(msghdrShape(codec, abi));
    const dialogue = new Dialogue(kernel, codec, abi);
    try {
      exchange.run(dialogue);
    } catch (thrown) {
      const error = judgeRefusal(exchange.name, thrown);
      if (error instanceof Difference) return { state: 'differs', facts, difference: error.message };
      if (!(error instanceof Unavailable)) throw error;
      missing.set(error.message, [...(missing.get(error.message) ?? []), exchange.name]);
    } finally {
      kernel[Symbol.dispose]();
    }
    facts += dialogue.facts;
    for (const name of dialogue.unknown) unknown.add(name);
  }
  const notes = [...missing].map(([reason, names]) => `${names.join(', ')}: ${reason}`);
  if (unknown.size > 0) notes.push(`exchanged as bytes, since no row has a payload for it: ${[...unknown].join(', ')}`);
  return facts > 0 ? { state: 'agrees', facts, notes } : { state: 'not run', reason: notes.join('; ') };
}
