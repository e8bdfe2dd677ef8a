/** The socket that a program finds as NOTIFY_SOCKET: what it says there, and that it is the program who says it. */
import { randomUUID } from 'node:crypto';
import { AncillaryError } from '../../errors/error.js';
import { closeAll } from '../../fd/close-all.js';
import type { OwnedFd } from '../../fd/owned-fd.js';
import { SCM_MAX_FD } from '../../libc/constants.js';
import { setImmediate } from '../../runtime/globals.js';
import { type Datagram, UnixDatagram } from '../../socket/datagram.js';

/** NOTIFY_BUFFER_MAX of systemd: what is longer is ignored. */
const MOST_BYTES = 4096;

/** One message: `NAME=value` lines, of each name the last one, and the descriptors, which are the taker's to close. */
export interface Notice {
  readonly pid: number;
  readonly values: ReadonlyMap<string, string>;
  readonly fds: readonly OwnedFd[];
}

/** Who hears of messages. */
export interface Hearer {
  /** Whether this process may speak for the program. */
  isKnown(pid: number): boolean;
  take(notice: Notice): void;
  /** Something came that is ignored, and why. */
  ignore(why: string): void;
}

/**
 * An abstract name: nothing is left of it, however the command ends, and a program that gives up its privileges still
 * reaches it. Anybody may send there: who it was the kernel says with each message.
 */
export class NotifySocket {
  readonly #socket: UnixDatagram;
  /** What NOTIFY_SOCKET is. */
  readonly name: string;

  constructor(hearer: Hearer) {
    const abstract = `ancillary-${process.pid}-${randomUUID()}`;
    this.name = `@${abstract}`;
    this.#socket = UnixDatagram.bindSync({ abstract }, { credentials: true });
    void this.#hear(hearer);
  }

  close(): void {
    this.#socket[Symbol.dispose]();
  }

  async #hear(hearer: Hearer): Promise<void> {
    while (!this.#socket.closed) {
      try {
        const message = await this.#socket.receive({ maxData: MOST_BYTES, maxFds: SCM_MAX_FD });
        if (this.#socket.closed) return closeAll(message.fds);
        deliver(message, hearer);
      } catch (error) {
        if (this.#socket.closed) return;
        hearer.ignore(error instanceof AncillaryError ? error.message : String(error));
        // What fails at once again and again must leave the others their turn.
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    }
  }
}

function deliver({ data, fds, credentials }: Datagram, hearer: Hearer): void {
  const pid = credentials?.pid ?? 0;
  if (!hearer.isKnown(pid)) {
    closeAll(fds);
    hearer.ignore(
      `process ${pid} is none of the program, or is gone already; one that ends at once must send BARRIER=1`,
    );
    return;
  }
  hearer.take({ pid, values: valuesOf(data.toString()), fds });
}

function valuesOf(text: string): Map<string, string> {
  const lines = text.split('\n').filter((line) => line.includes('='));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}
