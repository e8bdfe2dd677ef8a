import { closeSync, openSync } from 'node:fs';
import { socketpair, UnixListener, UnixStream } from 'ancillary';
import { failure } from '../world.mjs';

/** No descriptor is left: what comes is lost with a word, what cannot be made leaves nothing, and then all goes on. */
/** @param {import('../world.mjs').World} world */
export async function shortage(world) {
  const listener = UnixListener.listenSync({ autobind: true });
  const client = UnixStream.connectSync(listener.address);
  const [a, b] = socketpair();
  /** @type {number[]} */
  const filler = [];
  const fill = () => {
    try {
      for (;;) filler.push(openSync('/dev/null', 'r'));
    } catch (error) {
      if (/** @type {{ code?: string }} */ (error).code !== 'EMFILE') throw error;
    }
  };
  try {
    a.sendSync('abc', { fds: world.fdsOf([0, 1, 2]) });
    fill();
    await failure(() => socketpair(), 'EMFILE');
    await failure(() => listener.accept(), 'EMFILE');
    // What somebody else has closed meanwhile.
    fill();
    const few = world.dice.below(3);
    for (let i = 0; i < few; i++) closeSync(/** @type {number} */ (filler.pop()));
    const error = await failure(() => b.receive({ maxFds: 3 }), 'ERR_TRUNCATED');
    if (Buffer.from(error.data ?? []).toString() !== 'abc') throw new Error('the data of a cut message did not come');
    world.counts.mishaps++;
  } finally {
    for (const fd of filler) closeSync(fd);
    for (const end of [a, b, client]) end.closeSync();
    listener.closeSync();
  }
}
