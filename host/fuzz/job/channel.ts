import { NativePromise } from '../../runtime/globals.js';
import type { FromJob, ToJob } from './messages.js';

/** The job's side of what the command and it say to each other. Where the command is gone, the job ends. */
export class Channel {
  /** Whether the job is to come to its end. */
  isStopped = false;
  readonly #messages: ToJob[] = [];
  #wake: (() => void) | undefined;
  readonly #post = process.send?.bind(process);
  readonly #exit = process.exit.bind(process);

  constructor() {
    // The target is in the same process: what it sent would be taken for the job's. `disconnect` stays, since Node itself
    // calls it when the command is gone.
    Reflect.deleteProperty(process, 'send');
    process.on('message', (message: ToJob) => {
      if (message.type === 'stop') this.isStopped = true;
      else this.#messages.push(message);
      this.#wake?.();
    });
    process.on('disconnect', () => this.#exit(0));
  }

  send(message: FromJob): void {
    // The target may have closed the descriptor: whoever cannot be heard ends.
    this.#post?.(message, undefined, undefined, (error: Error | null) => {
      if (error) this.#exit(0);
    });
  }

  /** Ends the process once all that was sent has gone. */
  end(message: FromJob): void {
    this.#post?.(message, undefined, undefined, () => this.#exit(0));
  }

  /** A message that has come, if there is one. */
  take(): ToJob | undefined {
    return this.#messages.shift();
  }

  /** The next message; undefined once the job is to stop. */
  async receive(): Promise<ToJob | undefined> {
    while (!this.isStopped && this.#messages.length === 0) {
      await new NativePromise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.take();
  }
}
