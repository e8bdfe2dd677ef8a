import { closeSync, openSync } from 'node:fs';
import { eventfd } from '../../../fd/eventfd.js';
import { memfd } from '../../../fd/memfd.js';
import { numberOf } from '../../../fd/owned-fd.js';
import { pipe } from '../../../fd/pipe.js';
import { AF_UNIX, SOCK_CLOEXEC, SOCK_STREAM } from '../../../libc/constants.js';
import { systemError } from '../../../libc/errno.js';
import { native } from '../../../libc/native.js';

/** Stands for the connection itself, whose number is another each time. */
export const CONNECTION = -1;

/** Descriptors that a server does not expect, held open for as long as it is fuzzed. None lets it change a file. */
export class OddDescriptors {
  /** Their numbers, and CONNECTION. */
  readonly numbers: readonly number[];
  readonly #close: (() => void)[] = [];

  constructor() {
    const program = openSync(process.execPath, 'r');
    const nothing = openSync('/dev/null', 'r+');
    this.#close.push(
      () => closeSync(program),
      () => closeSync(nothing),
    );
    const [whole, ended, broken] = [pipe(), pipe(), pipe()];
    const owned = [whole.read, whole.write, ended.read, broken.write, eventfd(), memfd('ancillary-fuzz', 4096)];
    // The one is at its end; into the other nobody can write.
    ended.write.close();
    broken.read.close();
    const sockets = socketPair();
    for (const each of owned) this.#close.push(() => each.close());
    for (const fd of sockets) this.#close.push(() => void native().libc.close(fd));
    this.numbers = [program, ...owned.map(numberOf), sockets[0], nothing, CONNECTION];
  }

  close(): void {
    for (const close of this.#close.splice(0)) close();
  }
}

/** Two connected sockets, close-on-exec. */
export function socketPair(type: number = SOCK_STREAM): [number, number] {
  const { libc, codec, base, scratch } = native();
  if (libc.socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, base + scratch) < 0) {
    throw systemError('socketpair', libc.errno());
  }
  const ints = new Int32Array(codec.bytes.buffer, scratch, 2);
  return [ints[0] as number, ints[1] as number];
}
