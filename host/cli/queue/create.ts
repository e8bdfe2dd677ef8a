/** `ancillary queue create` and `rm`. */
import { AncillaryError } from '../../errors/error.js';
import { MessageQueue } from '../../sysv/queue.js';
import { atEnd } from '../lifetime.js';
import { printJson, printLines } from '../output.js';
import { givenKey, openQueue } from './open.js';
import type { QueuePlace } from './options.js';
import { withCommandWords } from './words.js';

export interface CreateOptions extends QueuePlace {
  mode?: number;
  exclusive?: true;
  json?: true;
}

/** A queue whose id nobody was told is removed again. */
export async function createQueue(options: CreateOptions): Promise<void> {
  const { queue, isNew } = await withCommandWords(async () => makeQueue(options));
  let isTold = !isNew;
  atEnd(() => {
    if (!isTold) queue.remove();
  });
  const { id, key = 0 } = queue;
  await (options.json ? printJson({ id, key }) : printLines([String(id)]));
  isTold = true;
}

function makeQueue(options: CreateOptions): { queue: MessageQueue; isNew: boolean } {
  const key = givenKey(options);
  const { mode, exclusive } = options;
  if (key === undefined) return { queue: MessageQueue.private({ mode }), isNew: true };
  try {
    return { queue: MessageQueue.create(key, { mode, exclusive: true }), isNew: true };
  } catch (error) {
    if (exclusive || !(error instanceof AncillaryError) || error.code !== 'EEXIST') throw error;
    return { queue: MessageQueue.create(key, { mode }), isNew: false };
  }
}

export async function removeQueue(id: number | undefined, options: QueuePlace & { json?: true }): Promise<void> {
  const queue = openQueue(id, options);
  queue.remove();
  if (options.json) await printJson({ id: queue.id, removed: true });
}
