import { setImmediate } from '../runtime/globals.js';
import type { UnixStream } from '../socket/stream.js';
import type { UnixListener } from '../socket/unix-listener.js';
import { complain } from './output.js';
import { describeTrusted, isTrusted, type Trusted } from './trust.js';

/** So many users are told of: whoever has more of them than that must not fill somebody's log. */
const MOST_TOLD = 10;

/**
 * The first connection of somebody trusted. Others are closed, and the wait goes on: no stranger can end it, nor keep
 * signals from being handled by coming again and again. Each of their users is told of once.
 */
export async function acceptTrusted(listener: UnixListener, trusted: Trusted): Promise<UnixStream> {
  const told = new Set<number>();
  while (true) {
    const stream = await listener.accept();
    const { uid } = stream.peerCredentials;
    if (isTrusted(uid, trusted)) return stream;
    stream.closeSync();
    if (told.size < MOST_TOLD && !told.has(uid)) {
      told.add(uid);
      complain(
        `uid ${uid} called and was turned away, still waiting for ${describeTrusted(trusted)}; ` +
          `if it is meant, --from-uid ${uid} (told once${told.size === MOST_TOLD ? ', and of no further user' : ''})`,
      );
    }
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
