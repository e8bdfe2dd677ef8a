import { socketpair } from 'ancillary';

/** Records over a pair, both ways to send and every way to receive; each comes whole, with its own descriptors. */
/** @param {import('../world.mjs').World} world */
export async function records(world) {
  const { dice } = world;
  const type = dice.pick(/** @type {const} */ (['seqpacket', 'dgram']));
  const [a, b] = /** @type {import('ancillary').UnixSeqpacket[]} */ (
    /** @type {unknown} */ (
      socketpair({ type: /** @type {'dgram'} */ (type), credentials: dice.below(2) === 0, maxFds: Infinity })
    )
  );
  if (!a || !b) return;
  try {
    const sent = Array.from({ length: 1 + dice.below(40) }, () => ({
      key: dice.below(251),
      size: dice.pick([0, 0, 1, 64, 65, dice.below(5000), 4096, dice.below(60_000)]),
      places: world.places(),
    }));
    const sending = (async () => {
      const waits = [];
      for (const { key, size, places } of sent) {
        const promise = a.send(world.content(key, 0, size), {
          fds: world.fdsOf(places),
          credentials: dice.below(3) === 0,
        });
        if (dice.below(2)) await promise;
        else waits.push(promise);
      }
      await Promise.all(waits);
    })();
    for (const { key, size, places } of sent) {
      const into = dice.below(3) === 0 ? new Uint8Array(65_536) : undefined;
      const message = await b.receive(into ? { into } : {});
      if (message === null) throw new Error('the end came too early');
      if (message.size !== size) throw new Error(`${message.size} bytes came of a record of ${size}`);
      world.checkContent(
        into ? into.subarray(0, size) : /** @type {import('ancillary').Message} */ (message).data,
        key,
        0,
      );
      world.checkFds(message.fds, places);
      world.counts.messages++;
    }
    await sending;
    a.closeSync();
    if (type === 'seqpacket' && (await b.receive()) !== null) throw new Error('something came after the end');
  } finally {
    for (const end of [a, b]) end[Symbol.dispose]();
  }
}
