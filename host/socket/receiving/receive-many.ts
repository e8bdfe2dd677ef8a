import { checkOptions, optionNames } from '../../check/options.js';
import { checkBoolean, checkInteger } from '../../check/values.js';
import type { WaitOptions } from '../../reactor/limit.js';
import { BATCH_MOST } from '../frame/batch-memory.js';
import { checkMaxFds } from '../options/socket-options.js';
import { MAX_DATA, type Room } from './receive.js';

/** What a receive of many may bring. */
export interface ReceiveManySyncOptions {
  /** Most messages to take, up to 65536; default 64, as many as one system call brings. */
  most?: number | undefined;
  /** Most bytes of data in each message; default 65536, and of a stream never more than 262144. */
  maxData?: number | undefined;
  /** Most descriptors to accept in each message, up to 253, or Infinity; default what the socket was made with, or 0. */
  maxFds?: number | undefined;
  /** Whether the control bytes of each are wanted as the kernel wrote them: `message.control`. */
  control?: boolean | undefined;
}

/** The same, and how long to wait for the first. */
export interface ReceiveManyOptions extends ReceiveManySyncOptions, WaitOptions {}

const SYNC = { most: true, maxData: true, maxFds: true, control: true } as const;
const NAMES = {
  receiveManySync: optionNames<ReceiveManySyncOptions>(SYNC),
  receiveMany: optionNames<ReceiveManyOptions>({ ...SYNC, signal: true, timeout: true }),
};

/** So many messages one call may give: all are in memory at once. */
const MOST = 65536;

/** Checked options of a receive of many. */
export interface ManyRoom extends Room, WaitOptions {
  readonly most: number;
}

/** The checked options of `api`; `usual` is what is so when nothing is said. */
export function manyRoomOf(
  options: ReceiveManyOptions | undefined,
  usual: Room,
  api: 'receiveMany' | 'receiveManySync',
): ManyRoom {
  const checked = checkOptions(options, NAMES[api], api);
  const { most = BATCH_MOST, maxData = MAX_DATA, maxFds, control, signal, timeout } = checked;
  return {
    into: undefined,
    peek: false,
    errorQueue: usual.errorQueue,
    most: checkInteger(most, 'most', 1, MOST),
    maxData: checkInteger(maxData, 'maxData', 1, Number.MAX_SAFE_INTEGER),
    maxFds: maxFds === undefined ? usual.maxFds : checkMaxFds(maxFds),
    control: checkBoolean(control, 'control'),
    signal,
    timeout,
  };
}
