import { type AncillaryError, type Sendable, type UnixStream, viewOf } from '../base.js';
import { protect } from './protect.js';
import { type Chunk, HeldDescriptors } from './written.js';

/** What is written to a USocket: each chunk on its way, and the descriptors that wait for a byte to go with. */
export class Outgoing {
  readonly #held = new HeldDescriptors();

  /** How many descriptors have been written with no byte behind them. */
  get heldCount(): number {
    return this.#held.length;
  }

  /** Sends a chunk; `callback` hears when the kernel has all of it, or why not. */
  send(stream: UnixStream, chunk: Chunk, callback: (error?: Error | null) => void): void {
    const done = () => {
      protect(chunk.tell);
      callback();
    };
    try {
      const { data, fds } = chunk;
      if (data.length === 0) {
        this.#held.hold(fds);
        done();
        return;
      }
      const all = this.#held.with(fds);
      const taken = sendNow(stream, data, all);
      const sent = () => {
        this.#held.close();
        done();
      };
      if (taken === data.length) sent();
      else if (taken > 0) stream.send(viewOf(data, taken, data.length)).then(sent, callback);
      else stream.send(data, { fds: all }).then(sent, callback);
    } catch (error) {
      callback(error as Error);
    }
  }

  /** Closes the descriptors that are held. */
  close(): void {
    this.#held.close();
  }
}

/** How many bytes there is room for at once, which are sent, and the descriptors with them; mostly all. */
function sendNow(stream: UnixStream, data: Uint8Array, fds: readonly Sendable[]): number {
  try {
    return stream.sendSync(data, { fds });
  } catch (error) {
    if ((error as AncillaryError).code === 'EAGAIN') return 0;
    throw error;
  }
}
