/** `ancillary queue recv` and `peek`. */
import { constants } from 'node:os';
import { AncillaryError } from '../../errors/error.js';
import { exactLength } from '../../model/length.js';
import type { QueueMessage } from '../../sysv/message.js';
import { cleanUp, exitNow, takeSignals } from '../lifetime.js';
import { openQueue } from './open.js';
import type { QueuePlace } from './options.js';
import { type PrintOptions, printMessage } from './print.js';
import { withCommandWords } from './words.js';

export interface ReceiveOptions extends QueuePlace, PrintOptions {
  type?: bigint;
  except?: true;
  /** False with --no-error. */
  error: boolean;
  maxData?: number;
  wait?: true;
  timeout?: number;
}

/**
 * Takes a message and prints it. A signal while it waits ends the command, and no message is taken; what has been taken
 * is printed to its end, and a second signal alone keeps it from that.
 */
export async function receiveMessage(id: number | undefined, options: ReceiveOptions): Promise<void> {
  const { type, except, error, maxData, wait, timeout } = options;
  const queue = openQueue(id, options);
  let mayEnd = true;
  takeSignals((signal) => {
    if (!mayEnd) {
      mayEnd = true;
      return;
    }
    cleanUp();
    exitNow(128 + constants.signals[signal]);
  });
  const message = await withCommandWords(() =>
    queue.receive({
      type,
      except,
      noError: !error,
      maxSize: maxData,
      wait: wait ?? timeout !== undefined,
      timeout,
    }),
  );
  mayEnd = false;
  try {
    await printMessage(message, options);
  } catch (cause) {
    throw lostError(message, cause);
  }
}

/** Nothing puts a message back in its place. */
function lostError({ type, data }: QueueMessage, cause: unknown): unknown {
  if (!(cause instanceof AncillaryError)) return cause;
  const { code, message, errno, syscall = 'write' } = cause;
  const what = `the message (type ${exactLength(BigInt(type))}, ${data.length} bytes) was taken from the queue and is lost`;
  return new AncillaryError(code, `${message}; ${what}`, { ...(errno !== undefined && { errno }), syscall, cause });
}

/** Prints a copy of the message at `index`, counted from the oldest. */
export async function peekMessage(
  id: number | undefined,
  index: number,
  options: QueuePlace & PrintOptions,
): Promise<void> {
  const queue = openQueue(id, options);
  const message = queue.peek(index);
  if (message) return printMessage(message, options, { index });
  throw new AncillaryError('ENOMSG', `queue ${queue.id} holds no message at ${index}: it has ${queue.stat().qnum}`);
}
