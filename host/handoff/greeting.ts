import {
  type AncillaryError,
  type BindAddress,
  getOption,
  now,
  SO_SNDBUF,
  setTimeout,
  type UnixAddress,
  UnixSeqpacket,
  UnixSeqpacketListener,
} from './base.js';
import { Channel } from './channel.js';
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
}

/** The mode of a socket file that only this user may connect to. */
const OWN = 0o600;
/** What the kernel keeps of SO_SNDBUF for itself (net/unix/af_unix.c). */
const SNDBUF_RESERVE = 32;
/** How often an address is tried where nobody listens yet, in milliseconds. */
const TRY_EVERY = 20;

/** Waits for the taker, at an address or at the other end of a socket, and greets it. */
export async function awaitTaker(
  where: BindAddress | UnixSeqpacket,
  options: CheckedOffer,
  total: number | undefined,
): Promise<Greeted> {
  if (where instanceof UnixSeqpacket) return greetTaker(where, options, total);
  const { waitFor, mode, onTurnedAway } = options;
  const { signal } = options.steps;
  const end = waitFor === undefined ? undefined : now() + waitFor;
  const permissions = mode ?? (typeof where === 'string' ? OWN : undefined);
  const listener = await UnixSeqpacketListener.listen(where, permissions === undefined ? {} : { mode: permissions });
  try {
    for (;;) {
      const timeout = end === undefined ? undefined : Math.max(0, end - now());
      const socket = await listener.accept({ signal, timeout });
      try {
        return await greetTaker(socket, options, total);
      } catch (error) {
        if (signal?.aborted) throw error;
        onTurnedAway?.(asError(error));
      }
    }
  } finally {
    // The file is free again for whoever has taken over, and offers in turn.
    if (!listener.closed) listener.closeSync();
  }
}

function greetTaker(socket: UnixSeqpacket, options: Common, total: number | undefined): Promise<Greeted> {
  return greet(socket, options, async (channel) => {
    const hello = await hear(channel, TAKER);
    await channel.send(encodeHello({ role: OFFERER, total: total ?? UNKNOWN, payloadMost: options.maxState }));
    return hello;
  });
}

/** Goes to whoever offers, and greets it. */
export async function goToOfferer(where: UnixAddress | UnixSeqpacket, options: CheckedTakeOver): Promise<Greeted> {
  const socket = where instanceof UnixSeqpacket ? where : await connect(where, options);
  return greet(socket, options, async (channel) => {
    await channel.send(encodeHello({ role: TAKER, payloadMost: options.maxState }));
    return hear(channel, OFFERER);
  });
}

async function connect(where: UnixAddress, { waitFor = 0, steps }: CheckedTakeOver): Promise<UnixSeqpacket> {
  for (const end = now() + waitFor; ; ) {
    try {
      return await UnixSeqpacket.connect(where, { ...steps });
    } catch (error) {
      const { code } = error as AncillaryError;
      if ((code !== 'ENOENT' && code !== 'ECONNREFUSED') || now() >= end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, TRY_EVERY));
  }
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
    if (failure.code !== 'ERR_REFUSED') channel.refuse(failure);
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
