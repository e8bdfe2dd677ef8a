import {
  type AncillaryError,
  type BindAddress,
  getOption,
  now,
  SO_SNDBUF,
  setTimeout,
  type UnixAddress,
  UnixSeqpacket,
} from './base.js';
import { Channel } from './channel.js';
import { Door } from './door.js';
import { asError, endedError, isGone, refusedError } from './errors.js';
import { type CheckedOffer, type CheckedTakeOver, type Common, checkPeerOf } from './options.js';
import { decodeRefuse } from './wire/answers.js';
import { OFFERER, RECORD_MOST, REFUSE, TAKER, UNKNOWN } from './wire/constants.js';
import { decodeHello, encodeHello, type Hello } from './wire/hello.js';

/** Both sides have greeted each other. */
export interface Greeted {
  readonly channel: Channel;
  /** What the other side said. */
  readonly hello: Hello;
  /** The longest record that the other side and the socket take. */
  readonly recordMost: number;
  /** Of an offerer: where others are turned away meanwhile. */
  readonly door?: { close(): void };
}

/** What the kernel keeps of SO_SNDBUF for itself (net/unix/af_unix.c). */
const SNDBUF_RESERVE = 32;
/** How often an address is tried where nobody listens yet, in milliseconds. */
const TRY_EVERY = 20;

/** Waits for the taker, at an address or at the other end of a socket, and greets it. */
export async function awaitTaker(
  where: BindAddress | UnixSeqpacket,
  options: CheckedOffer,
  total: () => number | undefined,
): Promise<Greeted> {
  if (where instanceof UnixSeqpacket) return greetTaker(where, options, total);
  const door = await Door.open(where, options, (socket, ofThis, claim) => greetTaker(socket, ofThis, total, claim));
  try {
    // From here on each step has the signal of the offer alone: the channel is the taker's.
    return { ...(await door.taker), door };
  } catch (error) {
    door.close();
    throw error;
  }
}

function greetTaker(
  socket: UnixSeqpacket,
  options: Common,
  total: () => number | undefined,
  claim: () => void = () => undefined,
): Promise<Greeted> {
  return greet(socket, options, async (channel) => {
    const hello = await hear(channel, TAKER);
    claim();
    await channel.send(encodeHello({ role: OFFERER, total: total() ?? UNKNOWN, payloadMost: options.maxState }));
    return hello;
  });
}

/** Codes that say that nobody offers at an address, or is busy with another: it is tried again for `waitFor`. */
const WAITED_FOR = ['ENOENT', 'ECONNREFUSED', 'ERR_BUSY'];

/** Goes to whoever offers, and greets it. */
export async function goToOfferer(where: UnixAddress | UnixSeqpacket, options: CheckedTakeOver): Promise<Greeted> {
  if (where instanceof UnixSeqpacket) return greetOfferer(where, options);
  for (const end = now() + (options.waitFor ?? 0); ; ) {
    try {
      return await greetOfferer(await UnixSeqpacket.connect(where, { ...options.steps }), options);
    } catch (error) {
      if (!WAITED_FOR.includes((error as AncillaryError).code) || now() >= end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, TRY_EVERY));
  }
}

function greetOfferer(socket: UnixSeqpacket, options: CheckedTakeOver): Promise<Greeted> {
  return greet(socket, options, async (channel) => {
    await channel.send(encodeHello({ role: TAKER, payloadMost: options.maxState }));
    return hear(channel, OFFERER);
  });
}

/** The socket is the channel's from here on: it is closed when the greeting fails. */
async function greet(
  socket: UnixSeqpacket,
  { rule, steps }: Common,
  exchange: (channel: Channel) => Promise<Hello>,
): Promise<Greeted> {
  const channel = new Channel(socket, steps);
  try {
    checkPeerOf(socket, rule);
    const hello = await exchange(channel);
    const room = (getOption(channel.number, SO_SNDBUF) ?? RECORD_MOST) - SNDBUF_RESERVE;
    return { channel, hello, recordMost: Math.min(hello.recordMost, room) };
  } catch (error) {
    const failure = isGone(error) ? whyGone(channel) : asError(error);
    channel.refuse(failure);
    channel.close();
    throw failure;
  }
}

/** The other side has closed; it may have said why before. */
function whyGone(channel: Channel): AncillaryError {
  const refusal = channel.poll().find((each) => each?.type === REFUSE);
  return refusal ? refusedError(decodeRefuse(refusal.record)) : endedError(UNGREETED);
}

const UNGREETED = 'the other side closed the hand-off socket before it had greeted: it may be busy with another';

async function hear(channel: Channel, role: number): Promise<Hello> {
  const incoming = await channel.receive(0);
  if (incoming === null) throw endedError(UNGREETED);
  if (incoming.type === REFUSE) throw refusedError(decodeRefuse(incoming.record));
  return decodeHello(incoming.record, role);
}
