import { socketpair, UnixListener, UnixStream } from 'ancillary';

/** A stream of bytes with descriptors at places in it, received in pieces of any size. */
/** @param {import('../world.mjs').World} world */
export async function streams(world) {
  const { dice } = world;
  const key = dice.below(251);
  const [a, b] = await (dice.below(2) ? connected(world) : socketpair({ maxFds: Infinity }));
  try {
    const sends = Array.from({ length: 1 + dice.below(20) }, () => ({
      size: 1 + dice.pick([0, 1, 63, dice.below(5000), dice.below(100_000), 300_000]),
      places: world.places(),
    }));
    const total = sends.reduce((sum, { size }) => sum + size, 0);
    const sending = (async () => {
      let at = 0;
      const waits = [];
      for (const { size, places } of sends) {
        const bytes = world.content(key, at, size);
        const half = dice.below(size + 1);
        const data = dice.below(2) ? [bytes.subarray(0, half), bytes.subarray(half)] : bytes;
        const promise = a.send(data, { fds: world.fdsOf(places) });
        at += size;
        if (dice.below(2)) await promise;
        else waits.push(promise);
      }
      await Promise.all(waits);
      await a.end();
    })();
    const owed = sends.filter(({ places }) => places.length > 0).map(({ places }) => places);
    let at = 0;
    for await (const message of pieces(b, world)) {
      world.checkContent(message.data, key, at);
      at += message.size;
      if (message.fds.length > 0) world.checkFds(message.fds, owed.shift() ?? []);
      world.counts.messages++;
    }
    await sending;
    if (at !== total) throw new Error(`${at} bytes came of ${total}`);
    if (owed.length > 0) throw new Error(`the descriptors of ${owed.length} sends did not come`);
  } finally {
    for (const end of [a, b]) end[Symbol.dispose]();
  }
}

/** @param {UnixStream} stream @param {import('../world.mjs').World} world */
async function* pieces(stream, { dice }) {
  for (;;) {
    const message = await stream.receive({ maxData: dice.pick([1 + dice.below(100), 4096, 65_536, 262_144]) });
    if (message === null) return;
    yield message;
  }
}

/** @param {import('../world.mjs').World} world @returns {Promise<[UnixStream, UnixStream]>} */
async function connected(world) {
  const listener = await UnixListener.listen(world.name());
  try {
    const [a, b] = await Promise.all([UnixStream.connect(listener.address), listener.accept()]);
    const adopted = UnixStream.adopt(b.release(), { maxFds: Infinity });
    return [a, adopted];
  } finally {
    listener.closeSync();
  }
}
