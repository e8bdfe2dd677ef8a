/** posix_spawn(3): a few hundred microseconds where Node's own takes milliseconds, and any descriptor under any number. */

import { AncillaryError } from '../../../errors/error.js';
import { errnoName } from '../../../libc/errno.js';
import { native } from '../../../libc/native.js';

/** Room for posix_spawnattr_t, posix_spawn_file_actions_t and sigset_t of every libc. */
const OPAQUE = 512;
const POSIX_SPAWN_SETPGROUP = 0x02;
const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
// waitid(2)
const P_PID = 1;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x1000000;
/** siginfo_t */
const SIGINFO = 128;

/** How a process ended: as Node tells it. */
export interface Status {
  readonly code: number | null;
  /** Its number. */
  readonly signal: number | null;
}

export class Spawner {
  readonly #calls = bind();
  readonly #attributes = new Uint8Array(OPAQUE);
  readonly #information = new Int32Array(SIGINFO / 4);
  readonly #kept: unknown[] = [];
  readonly #file: bigint;
  readonly #argv: bigint;
  readonly #envp: bigint;

  /** Every program that it starts has these, no signal blocked or ignored, and a process group of its own. */
  constructor(file: string, argv: readonly string[], env: Readonly<Record<string, string | undefined>>) {
    const { koffi } = native();
    const address = (array: Uint8Array | BigUint64Array | Uint32Array) => {
      this.#kept.push(array);
      return BigInt(koffi.address(array));
    };
    const text = (of: string) => address(new Uint8Array(Buffer.from(`${of}\0`)));
    const list = (texts: readonly string[]) => {
      const pointers = [...texts.map(text), 0n];
      const isWide = koffi.sizeof('void *') === 8;
      return address(isWide ? BigUint64Array.from(pointers) : Uint32Array.from(pointers, Number));
    };
    this.#file = text(file);
    this.#argv = list(argv);
    this.#envp = list(
      Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])),
    );
    const calls = this.#calls;
    const [none, all] = [new Uint8Array(OPAQUE), new Uint8Array(OPAQUE)];
    calls.sigemptyset(none);
    calls.sigfillset(all);
    calls.attrInit(this.#attributes);
    calls.setflags(this.#attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    calls.setpgroup(this.#attributes, 0);
    calls.setsigmask(this.#attributes, none);
    calls.setsigdefault(this.#attributes, all);
  }

  /** Starts it with `fds[i]` as its descriptor i; everything else of ours is close-on-exec. Its pid, which leads its group. */
  spawn(fds: readonly number[]): number {
    const actions = new Uint8Array(OPAQUE);
    const pid = new Int32Array(1);
    this.#calls.actionsInit(actions);
    fds.forEach((fd, i) => void this.#calls.adddup2(actions, fd, i));
    const errno = this.#calls.spawn(pid, this.#file, actions, this.#attributes, this.#argv, this.#envp);
    this.#calls.actionsDestroy(actions);
    if (errno !== 0) throw new AncillaryError(errnoName(errno), `cannot start the program: ${errnoName(errno)}`);
    return pid[0] as number;
  }

  /** Whether a process has ended; its number is kept for it. */
  hasEnded(pid: number): boolean {
    this.#information[0] = 0;
    this.#calls.waitid(P_PID, pid, this.#information, WEXITED | WNOHANG | WNOWAIT);
    // si_signo is 0 where nothing has happened.
    return this.#information[0] !== 0;
  }

  /** Waits for a process to end; how it did. Its number may be another's from now on. */
  collect(pid: number): Status {
    const status = new Int32Array(1);
    this.#calls.waitpid(pid, status, 0);
    const word = status[0] as number;
    const signal = word & 0x7f;
    return signal === 0 ? { code: (word >> 8) & 0xff, signal: null } : { code: null, signal };
  }
}

function bind() {
  const library = native().koffi.load(null);
  return {
    spawn: library.func('int posix_spawn(int *, uintptr_t, uint8_t *, uint8_t *, uintptr_t, uintptr_t)'),
    actionsInit: library.func('int posix_spawn_file_actions_init(uint8_t *)'),
    actionsDestroy: library.func('int posix_spawn_file_actions_destroy(uint8_t *)'),
    adddup2: library.func('int posix_spawn_file_actions_adddup2(uint8_t *, int, int)'),
    attrInit: library.func('int posix_spawnattr_init(uint8_t *)'),
    setflags: library.func('int posix_spawnattr_setflags(uint8_t *, short)'),
    setpgroup: library.func('int posix_spawnattr_setpgroup(uint8_t *, int)'),
    setsigmask: library.func('int posix_spawnattr_setsigmask(uint8_t *, uint8_t *)'),
    setsigdefault: library.func('int posix_spawnattr_setsigdefault(uint8_t *, uint8_t *)'),
    sigemptyset: library.func('int sigemptyset(uint8_t *)'),
    sigfillset: library.func('int sigfillset(uint8_t *)'),
    waitid: library.func('int waitid(int, int, int *, int)'),
    waitpid: library.func('int waitpid(int, int *, int)'),
  };
}
