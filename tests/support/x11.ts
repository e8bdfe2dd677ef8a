/** The few requests of the X protocol that the tests need, with the descriptors that MIT-SHM 1.2 passes beside them. */

import type { OwnedFd } from 'ancillary';
import { UnixStream } from 'ancillary';
import { Running, until } from './process.js';

/** A reply of 32 bytes or more, and the descriptors that came with it. */
export interface Reply {
  data: Buffer;
  fds: OwnedFd[];
}

/** Of the screen: what drawing needs. */
export interface Screen {
  root: number;
  depth: number;
}

const LITTLE_ENDIAN = 'l'.charCodeAt(0);
const WAIT = { timeout: 20_000 };
/** X11 is in units of 4 bytes. */
const UNIT = 4;

export class Display {
  readonly #stream: UnixStream;
  #lastId = 0;
  #firstId = 0;
  screen: Screen = { root: 0, depth: 0 };

  constructor(stream: UnixStream) {
    this.#stream = stream;
  }

  /** Sets the connection up, without authorization. */
  async open(): Promise<void> {
    const hello = Buffer.alloc(12);
    hello[0] = LITTLE_ENDIAN;
    hello.writeUInt16LE(11, 2);
    await this.#stream.send(hello);
    const { data: head } = await this.#read(8, 0);
    const { data } = await this.#read(head.readUInt16LE(6) * UNIT, 0);
    if (head[0] !== 1) throw new Error(`the X server refuses: ${data}`);
    this.#firstId = data.readUInt32LE(4);
    const [vendorSize, formats] = [data.readUInt16LE(16), data.readUInt8(21)];
    const at = 32 + Math.ceil(vendorSize / UNIT) * UNIT + formats * 8;
    this.screen = { root: data.readUInt32LE(at), depth: data.readUInt8(at + 38) };
  }

  /** A number for a new thing of ours. */
  makeId(): number {
    return this.#firstId + ++this.#lastId;
  }

  /** Sends a request whose length is filled in. */
  async send(opcode: number, minor: number, body: Buffer, fds: readonly OwnedFd[] = []): Promise<void> {
    const head = Buffer.from([opcode, minor, 0, 0]);
    head.writeUInt16LE((head.length + body.length) / UNIT, 2);
    await this.#stream.send([head, body], { fds, ...WAIT });
  }

  /** The next reply; an error is thrown, an event passed over. */
  async reply(): Promise<Reply> {
    for (;;) {
      const { data, fds } = await this.#read(32, 16);
      if (data[0] === 0) throw new Error(`X error ${data[1]} of request ${data[10]}.${data.readUInt16LE(8)}`);
      if (data[0] !== 1) continue;
      const rest = await this.#read(data.readUInt32LE(4) * UNIT, 0);
      return { data: Buffer.concat([data, rest.data]), fds };
    }
  }

  async #read(size: number, maxFds: number): Promise<Reply> {
    const message = await this.#stream.read(size, { maxFds, ...WAIT });
    if (!message) throw new Error('the X server has closed the connection');
    return message;
  }
}

/** 32-bit numbers as a request has them. */
export const words = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer);

/** 16-bit numbers as a request has them. */
export const halves = (...values: number[]) => Buffer.from(Uint16Array.from(values).buffer);

/**
 * Runs `fn` with a display of its own. It listens at an abstract name only, with a number that nobody has, and leaves no
 * file behind.
 */
export async function withDisplay(fn: (display: Display, server: Running) => Promise<void>): Promise<void> {
  const screen = ['-screen', '0', '64x64x24'];
  const server = new Running(['Xvfb', '-displayfd', '1', '-nolisten', 'unix', '-nolisten', 'tcp', ...screen], {});
  try {
    await until('Xvfb says its number', () => server.stdout.includes('\n'));
    const stream = await UnixStream.connect({ abstract: `/tmp/.X11-unix/X${server.stdout.toString().trim()}` });
    try {
      const display = new Display(stream);
      await display.open();
      await fn(display, server);
    } finally {
      stream.closeSync();
    }
  } finally {
    await server.end('SIGTERM');
  }
}
