import { checkBoolean, checkInteger, checkOptions, optionNames } from './base.js';
import { IPC_CREAT, IPC_EXCL, MODE_MOST } from './constants.js';

/** What is the same for a queue however it was found. */
export interface QueueOptions {
  /** Whether `using`, and Symbol.dispose, remove the queue from the kernel; without it the queue outlives its processes. */
  removeOnDispose?: boolean | undefined;
}

/** How a private queue is made. */
export interface PrivateQueueOptions extends QueueOptions {
  /** Permission bits; 0o600 by default: the owner alone. */
  mode?: number | undefined;
}

/** How a queue with a key is made. */
export interface CreateQueueOptions extends PrivateQueueOptions {
  /** Whether a queue that is there already is `EEXIST`; without it, it is opened. */
  exclusive?: boolean | undefined;
}

/** Options of an opening, checked. */
export interface Opening {
  /** The flags of msgget. */
  flags: number;
  removes: boolean;
}

const OPEN = optionNames<QueueOptions>({ removeOnDispose: true });
const PRIVATE = optionNames<PrivateQueueOptions>({ removeOnDispose: true, mode: true });
const CREATE = optionNames<CreateQueueOptions>({ removeOnDispose: true, mode: true, exclusive: true });

const MODE_OF_OWNER = 0o600;

export function checkOpen(options: QueueOptions | undefined, what: string): Opening {
  return checkOpening(checkOptions(options, OPEN, what), 0);
}

export function checkPrivate(options: PrivateQueueOptions | undefined, what: string): Opening {
  const checked = checkOptions(options, PRIVATE, what);
  return checkOpening(checked, IPC_CREAT | checkMode(checked.mode));
}

export function checkCreate(options: CreateQueueOptions | undefined, what: string): Opening {
  const checked = checkOptions(options, CREATE, what);
  const exclusive = checkBoolean(checked.exclusive, 'exclusive') ? IPC_EXCL : 0;
  return checkOpening(checked, IPC_CREAT | exclusive | checkMode(checked.mode));
}

function checkOpening(options: QueueOptions, flags: number): Opening {
  return { flags, removes: checkBoolean(options.removeOnDispose, 'removeOnDispose') };
}

/** Permission bits; those of the owner alone where none are given. */
export function checkMode(mode: number | undefined): number {
  return mode === undefined ? MODE_OF_OWNER : checkInteger(mode, 'mode', 0, MODE_MOST, '0o777');
}
