import { setTimeout as sleep } from 'node:timers/promises';
import { socketpair, UnixDatagram } from 'ancillary';
import { failure } from '../world.mjs';

/** More descriptors than asked for: an error that has the data, and every descriptor closed. */
/** @param {import('../world.mjs').World} world */
export async function truncation(world) {
  const { dice } = world;
  const type = dice.pick(/** @type {const} */ (['stream', 'seqpacket', 'dgram']));
  const [a, b] = socketpair({ type: /** @type {'stream'} */ (type) });
  try {
    for (let i = 0; i < 5; i++) {
      const places = world.places();
      const size = 1 + dice.below(1000);
      a.sendSync(world.content(i, 0, size), { fds: world.fdsOf(places) });
      if (places.length === 0) {
        world.checkContent((await b.receive())?.data ?? Buffer.alloc(0), i, 0);
        continue;
      }
      const error = await failure(() => b.receive({ maxFds: dice.below(places.length) }), 'ERR_TRUNCATED');
      world.checkContent(error.data ?? Buffer.alloc(0), i, 0);
      if (error.data?.length !== size) throw new Error('not all data came with the error');
      world.counts.mishaps++;
    }
  } finally {
    for (const end of [a, b]) end[Symbol.dispose]();
  }
}

/** A send that is given up, or times out, says how much went: exactly that comes, and the rest can follow. */
/** @param {import('../world.mjs').World} world */
export async function aborts(world) {
  const { dice } = world;
  const key = dice.below(251);
  const [a, b] = socketpair({ maxFds: Infinity });
  try {
    const size = 300_000 + dice.below(2_000_000);
    const whole = world.content(key, 0, size);
    const places = world.places();
    const options = dice.below(2)
      ? { timeout: 1 + dice.below(10) }
      : { signal: AbortSignal.timeout(1 + dice.below(10)) };
    const error = await failure(
      () => a.send(whole, { fds: world.fdsOf(places), ...options }),
      'ETIMEDOUT',
      'ABORT_ERR',
    );
    world.counts.mishaps++;
    const taken = error.bytesSent ?? 0;
    const resumes = taken > 0 && dice.below(2) === 0;
    const rest = resumes ? a.send(whole.subarray(taken), { resume: true }).then(() => a.end()) : a.closeSync();
    let at = 0;
    for await (const message of b) {
      world.checkContent(message.data, key, at);
      if (message.fds.length > 0 || at === 0) world.checkFds(message.fds, places);
      at += message.size;
    }
    await rest;
    if (at !== (resumes ? size : taken))
      throw new Error(`${at} bytes came, and ${taken} of ${size} were said to have gone`);
  } finally {
    for (const end of [a, b]) end[Symbol.dispose]();
  }
}

/** Datagrams to receivers of which one does not read: they wait, the others do not, and closing ends all waits. */
/** @param {import('../world.mjs').World} world */
export async function fullReceivers(world) {
  const sockets = Array.from({ length: 3 }, () => UnixDatagram.bindSync({ autobind: true }, { maxFds: Infinity }));
  const [sender, slow, quick] = /** @type {[UnixDatagram, UnixDatagram, UnixDatagram]} */ (sockets);
  try {
    const [toSlow, toQuick] = [slow.address, quick.address];
    if (!toSlow || !toQuick) throw new Error('no address');
    const places = world.places(8);
    const waiting = Array.from({ length: 600 }, (_, i) =>
      sender.send(`${i}`, { to: toSlow, fds: world.fdsOf(places) }),
    );
    const ended = Promise.allSettled(waiting);
    await sender.send('quick', { to: toQuick, timeout: 5000 });
    if ((await quick.receive()).data.toString() !== 'quick') throw new Error('the wrong datagram came');
    const taken = world.dice.below(300);
    for (let i = 0; i < taken; i++) {
      const message = await slow.receive();
      if (message.data.toString() !== `${i}`) throw new Error('a datagram came out of its order');
      world.checkFds(message.fds, places);
      world.counts.messages++;
    }
    await sleep(world.dice.below(5));
    sender.closeSync();
    for (const { status, reason } of /** @type {PromiseRejectedResult[]} */ (await ended)) {
      if (status === 'rejected' && reason.code !== 'ERR_CLOSED') throw reason;
    }
    world.counts.mishaps++;
  } finally {
    for (const socket of sockets) socket[Symbol.dispose]();
  }
}

/** Sockets that hold each other in their queues, and nobody holds them: the kernel's collector has to find them. */
/** @param {import('../world.mjs').World} world */
export async function cycles(world) {
  const [a, b] = socketpair();
  const [c, d] = socketpair({ type: 'seqpacket' });
  a.sendSync('x', { fds: [b, c, ...world.fdsOf(world.places(4))] });
  c.sendSync('', { fds: [d, a] });
  d.sendSync('', { fds: [c, b] });
  world.counts.mishaps++;
  for (const end of [a, b, c, d]) end.closeSync();
}
