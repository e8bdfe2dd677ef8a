import { readFileSync, writeFileSync } from 'node:fs';
import { AncillaryError } from '../../../errors/error.js';

/** What an IPC namespace admits (sysctl kernel.msg*). */
export interface QueueLimits {
  /** Bytes of a message, bytes of a queue, and queues. */
  readonly msgmax: number;
  readonly msgmnb: number;
  readonly msgmni: number;
}

const FOLDER = '/proc/sys/kernel/';
/** Fewer queues than there are slots in the model: so the limit is met. */
const QUEUES = 3;
/** Messages are that long in the memory that is kept for them. */
const LONGEST = 65_536;
const SHORTEST = 64;

/** The limits of the namespace that this process is in, of which that of queues is lowered where that is allowed. */
export function takeLimits(): QueueLimits {
  try {
    writeFileSync(`${FOLDER}msgmni`, `${QUEUES}\n`);
  } catch {
    // Older kernels let only the root of all namespaces write it. Then the limit is not met, and all else is.
  }
  const [msgmax = 0, msgmnb = 0, msgmni = 0] = ['msgmax', 'msgmnb', 'msgmni'].map((name) =>
    Number(readFileSync(`${FOLDER}${name}`, 'latin1')),
  );
  if (msgmax < SHORTEST || msgmax > LONGEST || msgmnb > LONGEST) {
    throw new AncillaryError(
      'ERR_UNSUPPORTED',
      `cannot try queues with kernel.msgmax ${msgmax} and kernel.msgmnb ${msgmnb}: set them to at most ${LONGEST}`,
    );
  }
  return { msgmax, msgmnb, msgmni };
}
