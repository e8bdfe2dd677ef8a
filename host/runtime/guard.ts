import { type ChildProcess, spawn } from 'node:child_process';
import { NativePromise } from './globals.js';

/**
 * Reads process groups, all that there are in each line, and when there are no more lines and whoever wrote them is gone,
 * not just his descriptor, ends those of the last one, and whatever else has the mark in its environment, if there is
 * one. It leaves signals from a terminal alone.
 */
const SCRIPT = `trap '' INT TERM HUP QUIT
groups=
while read -r line; do groups=$line; done
[ -z "$groups" ] && exit
while read -r _ _ state _ <"/proc/$2/stat" && [ "$state" != Z ]; do sleep 1; done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
[ -z "$1" ] && exit
for file in $(grep -alF "$1" /proc/[0-9]*/environ 2>/dev/null); do
  pid=\${file#/proc/}
  pid=\${pid%/environ}
  [ "$pid" = $$ ] || kill -s KILL "$pid" 2>/dev/null
done`;

/** Ends what runs also when this process is killed: another process, in a group of its own, waits for that. */
export class Guard {
  readonly #mark: string;
  #child: ChildProcess | undefined;

  /** With what whatever is started has in its environment, `NAME=value`, also what has left its group is ended. */
  constructor(mark = '') {
    this.#mark = mark;
  }

  /** Has it run. To be called before a program is started: what is started first nobody ends if this is killed meanwhile. */
  prepare(): void {
    if (!this.#child || this.#child.exitCode !== null || this.#child.signalCode !== null) this.#child = this.#start();
  }

  /** From now on these are the groups to be ended. They are written before this returns. */
  watch(groups: readonly number[]): void {
    this.prepare();
    this.#child?.stdin?.write(`${groups.join(' ')}\n`);
  }

  /** Ends it, and nothing else; resolves when it is gone. */
  async close(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new NativePromise<void>((resolve) => child.once('exit', () => resolve()));
    // Now it is waited for.
    child.ref();
    child.stdin?.end('\n');
    await ended;
  }

  #start(): ChildProcess {
    const child = spawn('/bin/sh', ['-c', SCRIPT, '/bin/sh', this.#mark, String(process.pid)], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // It keeps nobody from its end.
    child.unref();
    (child.stdin as unknown as { unref?(): void } | null)?.unref?.();
    // Whoever it is that kills it, the next one is started with the next program.
    child.on('error', () => undefined);
    child.stdin?.on('error', () => undefined);
    return child;
  }
}
