import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { atEnd } from '../lifetime.js';

/** How a process has ended. */
export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process of the demo: this command again, as one of its hidden ones. It ends with this process, whatever happens. */
export class Child<Message extends { kind: string }> {
  readonly pid: number;
  readonly ended: Promise<End>;
  readonly #child: ChildProcess;

  constructor(args: readonly string[], hear: (message: Message) => void) {
    this.#child = fork(fileURLToPath(import.meta.url), args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.pid = this.#child.pid ?? -1;
    const forget = atEnd(() => this.#child.kill('SIGKILL'));
    this.#child.on('message', (message) => hear(message as Message));
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      // Once it has ended and all that it told has been heard.
      let end: End | undefined;
      let isHeard = false;
      const settle = () => {
        if (end && isHeard) resolve(end);
      };
      this.#child.once('exit', (code, signal) => {
        end = { code, signal };
        forget();
        settle();
      });
      this.#child.once('disconnect', () => {
        isHeard = true;
        settle();
      });
    });
    this.ended.catch(() => undefined);
  }

  tell(message: string): void {
    if (this.#child.connected) this.#child.send(message);
  }
}
