import { Buffer } from 'node:buffer';
import { ftruncateSync, writeSync } from 'node:fs';
import { byteLengthOf, checkHeld, isBytes, viewOf } from '../check/bytes.js';
import { escapeControls } from '../check/escape.js';
import { checkOptions, optionNames } from '../check/options.js';
import { show } from '../check/show.js';
import { didYouMean } from '../check/suggest.js';
import { checkInteger } from '../check/values.js';
import { AncillaryError, invalidArgument } from '../errors/error.js';
import { F_ADD_SEALS, MFD_ALLOW_SEALING, MFD_CLOEXEC } from '../libc/constants.js';
import { systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { reserveStack } from '../runtime/stack.js';
import { withCString } from './c-string.js';
import { callError, ownResult } from './give.js';
import { originOf } from './origin.js';
import { numberOf, type OwnedFd } from './owned-fd.js';

/** What can be forbidden, for ever and for everybody who has the file: names of F_SEAL_* of fcntl(2). */
export type Seal = 'seal' | 'shrink' | 'grow' | 'write' | 'future_write';

/** F_SEAL_* of fcntl(2). */
const SEALS: Record<Seal, number> = { seal: 1, shrink: 2, grow: 4, write: 8, future_write: 16 };

/** What `memfd` makes. */
export interface MemfdOptions {
  /**
   * What is forbidden from now on: `true` for all that makes its content constant (seal, shrink, grow, write), or a
   * list. Who receives it can then map it without fear that it changes. Without it seals can be added later.
   */
  seal?: boolean | readonly Seal[] | undefined;
}

const OPTIONS = optionNames<MemfdOptions>({ seal: true });
const CONSTANT: readonly Seal[] = ['seal', 'shrink', 'grow', 'write'];
/** The kernel puts `memfd:` before it and takes 255 bytes in all (memfd_create(2)). */
const NAME_MAX = 249;

/**
 * Makes a file that is nowhere but in memory (memfd_create(2)), close-on-exec: of so many bytes, all zero, or with a
 * copy of the given bytes; its position is at 0 either way. `name` is for whoever looks into /proc. It is gone when the
 * last who holds it has closed it. Throws `EFBIG` or `ENOSPC` where there is no room for it.
 */
export function memfd(name: string, content?: number | Uint8Array, options?: MemfdOptions): OwnedFd {
  checkName(name);
  const size = isBytes(content)
    ? byteLengthOf(checkHeld(content, 'the content of a memfd'))
    : content === undefined
      ? 0
      : content;
  checkInteger(size, 'the content of a memfd, its bytes or how many they are,', 0, Number.MAX_SAFE_INTEGER);
  const { seal } = checkOptions(options, OPTIONS, 'memfd');
  const seals = sealsOf(seal);
  const { libc } = native();
  const subject = `of '${escapeControls(name)}'`;
  const origin = originOf('made by memfd', memfd);
  reserveStack();
  const owned = withCString(name, (address) =>
    ownResult(libc.memfd_create(address, MFD_CLOEXEC | MFD_ALLOW_SEALING), 'memfd_create', origin, subject),
  );
  try {
    fill(numberOf(owned), size, isBytes(content) ? content : undefined, subject);
    if (seals !== 0 && libc.fcntl(numberOf(owned), F_ADD_SEALS, seals) < 0)
      throw callError('fcntl F_ADD_SEALS', subject);
    return owned;
  } catch (error) {
    owned[Symbol.dispose]();
    throw error;
  }
}

function checkName(name: unknown): void {
  if (typeof name !== 'string') throw invalidArgument(`the name of a memfd must be a string, not ${show(name)}`);
  if (name.includes('\0')) throw invalidArgument(`the name of a memfd may not contain NUL, as ${show(name)} does`);
  const bytes = Buffer.byteLength(name);
  if (bytes > NAME_MAX) {
    throw invalidArgument(`the name of a memfd may have ${NAME_MAX} bytes, and ${show(name)} has ${bytes}`);
  }
}

function sealsOf(seal: unknown): number {
  if (seal === undefined || seal === false) return 0;
  const list = seal === true ? CONSTANT : seal;
  if (!Array.isArray(list)) throw invalidArgument(`seal must be true or a list of seals, not ${show(seal)}`);
  let seals = 0;
  for (const name of list as readonly unknown[]) {
    if (typeof name !== 'string' || !Object.hasOwn(SEALS, name)) {
      const names = Object.keys(SEALS);
      const guess = typeof name === 'string' ? didYouMean(name, names) : '';
      throw invalidArgument(`there is no seal ${show(name)}${guess || `; there are ${names.join(', ')}`}`);
    }
    seals |= SEALS[name as Seal];
  }
  return seals;
}

/** At explicit positions: the file's own stays at 0. */
function fill(fd: number, size: number, bytes: Uint8Array | undefined, subject: string): void {
  try {
    ftruncateSync(fd, size);
    // A view of our own: Node's write refuses what its own realm does not know.
    const rest = bytes && viewOf(bytes, 0, size);
    for (let at = 0; rest && at < size; ) at += writeSync(fd, rest, at, size - at, at);
  } catch (error) {
    const { errno, syscall } = error as NodeJS.ErrnoException;
    if (typeof errno !== 'number') {
      // Deno's node:fs knows no descriptors but its own.
      throw new AncillaryError('ERR_UNSUPPORTED', `this runtime's node:fs cannot write ${subject}`, { cause: error });
    }
    throw systemError(syscall ?? 'write', -errno, subject, `there is no room for ${size} bytes`);
  }
}
