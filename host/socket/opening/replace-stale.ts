import { escapeControls } from '../../check/escape.js';
import { RENAME_EXCHANGE, RENAME_NOREPLACE, SOCK_STREAM } from '../../libc/constants.js';
import { EADDRINUSE, ENOENT, systemError } from '../../libc/errno.js';
import { now } from '../../runtime/globals.js';
import { identityOf, statAt, unlinkFile } from './file.js';
import { PATIENCE, pause } from './pause.js';
import { explainReplacing, isMarked, Placeholder } from './placeholder.js';
import { connectableStanding, Probe } from './probe.js';
import { rename } from './rename.js';

/** How often something is put back where others come and go. */
const TRIES = 20;

/** `bound`; or somebody else `won`; or what is at the path has changed, so that all begins `again`. */
export type Outcome = 'bound' | 'won' | 'again';

/**
 * What is at a path, as far as it matters here. `junk`, a dead file or our own placeholder, nobody needs. `another` is
 * the placeholder of another process. `bound` does not listen: it is about to, or it is a placeholder on a file system
 * that keeps no marks. Everything else `lives`, also what cannot be told.
 */
type Thing = 'nothing' | 'junk' | 'another' | 'bound' | 'lives';

/**
 * Puts a socket in the place of a stale file; `bind` binds it to `path` and returns the errno. No file can be removed on
 * condition that it is a certain one, and any lock could be held by somebody who means ill. So what is there is
 * exchanged, in one step, with a placeholder, a bound socket that never listens, and then looked at:
 *
 * - It is dead. Only one process can get it: that one alone takes its placeholder away again and binds.
 * - It lives: somebody was quicker. It is put back.
 *
 * A look beforehand proves nothing, not even that the same inode came out: bind(2) makes the file first and the socket
 * known a moment later. But it holds the folder's lock meanwhile, which the exchange waits for.
 */
export function replaceStale(path: string, bind: () => number): Outcome {
  const replacement = new Replacement(path);
  try {
    return replacement.run(bind);
  } finally {
    replacement.end();
  }
}

class Replacement {
  readonly #path: string;
  readonly #probe = new Probe();
  readonly #placeholder: Placeholder;

  constructor(path: string) {
    this.#path = path;
    try {
      this.#placeholder = new Placeholder(path);
    } catch (error) {
      this.#probe[Symbol.dispose]();
      throw error;
    }
  }

  run(bind: () => number): Outcome {
    this.#placeholder.bind();
    if (this.#placeholder.inode === undefined || !this.#probe.isDead(this.#path)) return 'again';
    const errno = this.#exchange();
    if (errno === ENOENT) return 'again';
    if (errno !== 0) throw explainReplacing('renameat2', errno, this.#path);
    if (!this.#probe.isDead(this.#aside)) {
      this.#putBack();
      return 'won';
    }
    unlinkFile(this.#aside);
    return this.#takePlace(bind);
  }

  /** Nothing of ours is left, neither descriptor nor name. */
  end(): void {
    this.#placeholder.end((path) => this.#lookAt(path) !== 'junk');
    this.#probe[Symbol.dispose]();
  }

  get #aside(): string {
    return this.#placeholder.aside;
  }

  /** The dead file was ours to remove, so that nobody else gets here. Only others' placeholders may still come and go. */
  #takePlace(bind: () => number): Outcome {
    for (const end = now() + PATIENCE; now() < end; pause()) {
      const thing = this.#lookAt(this.#path);
      if (thing === 'lives') return 'won';
      if (thing === 'another' || thing === 'bound') continue;
      if (thing === 'junk') {
        // Taken away first and looked at then: between a look and an unlink it could become another one.
        if (rename(this.#path, this.#aside, 0) !== 0) continue;
        const out = this.#lookAt(this.#aside);
        if (out !== 'junk') {
          this.#giveBack(out);
          continue;
        }
        unlinkFile(this.#aside);
      }
      const errno = bind();
      if (errno === 0) return 'bound';
      if (errno !== EADDRINUSE) throw systemError('bind', errno, `to ${escapeControls(this.#path)}`);
    }
    return 'won';
  }

  /** Puts back what should not have come out. Whoever bound where for a moment nothing was could not have, but for us. */
  #giveBack(out: Thing): void {
    for (let tries = 0; tries < TRIES; tries++) {
      if (rename(this.#aside, this.#path, RENAME_NOREPLACE) === 0) return;
      if (out === 'another' || this.#exchange() !== ENOENT) break;
    }
    unlinkFile(this.#aside);
  }

  /**
   * What came out is needed at the path, so it goes back, and a placeholder comes out. Of several processes that do so
   * each waits until its own placeholder is there; but what lives goes in the place of any.
   */
  #putBack(): void {
    for (const end = now() + PATIENCE; now() < end; pause()) {
      const [there, out] = [this.#lookAt(this.#path), this.#lookAt(this.#aside)];
      if (out === 'junk' || out === 'nothing') return;
      const isPlaceholder = out === 'another';
      // Somebody has the place for good. Whose placeholder it is need not have it back: he finds the place free, too.
      if (there === 'lives' || (isPlaceholder && there === 'nothing')) break;
      if (there === 'nothing') {
        if (rename(this.#aside, this.#path, RENAME_NOREPLACE) === 0) return;
      } else if (there === 'junk' || (there === 'another' && !isPlaceholder)) {
        const errno = this.#exchange();
        if (errno !== 0 && errno !== ENOENT) break;
        // Somebody has moved it there since the look: it stays.
        if (errno === 0 && this.#lookAt(this.#aside) === 'lives') this.#exchange();
      }
    }
    const isNeeded = this.#lookAt(this.#aside) !== 'another';
    if (!isNeeded || rename(this.#aside, this.#path, RENAME_NOREPLACE) !== 0) unlinkFile(this.#aside);
  }

  #exchange(): number {
    return rename(this.#aside, this.#path, RENAME_EXCHANGE);
  }

  #lookAt(path: string): Thing {
    try {
      const standing = this.#probe.look(path);
      if (standing === 'nothing') return 'nothing';
      if (standing === 'dead') return 'junk';
      const stat = statAt(path);
      if (!stat) return 'nothing';
      if (identityOf(stat) === this.#placeholder.inode) return 'junk';
      if (standing !== 'bound') return 'lives';
      const kind = connectableStanding(path, SOCK_STREAM);
      if (kind === 'listening' || kind === 'other') return 'lives';
      return isMarked(stat) ? 'another' : 'bound';
    } catch {
      return 'lives';
    }
  }
}
