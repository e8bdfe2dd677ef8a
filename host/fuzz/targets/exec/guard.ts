import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Reads process groups, a line each, and when there are no more lines, because whoever wrote them is gone, ends the last
 * one. It leaves signals from a terminal alone.
 */
const SCRIPT = `trap '' INT TERM HUP QUIT
group=
while read -r line; do group=$line; done
[ -z "$group" ] || kill -s KILL -- "-$group" 2>/dev/null`;

/** Ends the program that runs also when this process is killed: another process, in a group of its own, waits for that. */
export class Guard {
  #child: ChildProcess | undefined;

  /** Has it run. To be called before a program is started: what is started first nobody ends if this is killed meanwhile. */
  prepare(): void {
    if (!this.#child || this.#child.exitCode !== null || this.#child.signalCode !== null) this.#child = this.#start();
  }

  /** From now on `group` is the one to be ended; none with undefined. It is written before this returns. */
  watch(group: number | undefined): void {
    this.prepare();
    this.#child?.stdin?.write(`${group ?? ''}\n`);
  }

  /** Ends it; resolves when it is gone. */
  async close(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.stdin?.end();
    await ended;
  }

  #start(): ChildProcess {
    const child = spawn('/bin/sh', ['-c', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    // Whoever it is that kills it, the next one is started with the next program.
    child.on('error', () => undefined);
    child.stdin?.on('error', () => undefined);
    return child;
  }
}
