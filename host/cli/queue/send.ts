/** `ancillary queue send`. */
import { INT_MAX } from '../../check/values.js';
import { AncillaryError } from '../../errors/error.js';
import { readLimits } from '../../sysv/limits.js';
import type { MessageQueue } from '../../sysv/queue.js';
import { openFile } from '../input.js';
import { printJson } from '../output.js';
import { openQueue } from './open.js';
import type { QueuePlace } from './options.js';
import { withCommandWords } from './words.js';

export interface SendOptions extends QueuePlace {
  type: bigint;
  wait?: true;
  timeout?: number;
  json?: true;
}

/** What stands for bytes of an argument that are no UTF-8. */
const REPLACEMENT = '\ufffd';

export async function sendMessage(id: number | undefined, text: string, options: SendOptions): Promise<void> {
  const { type, timeout, json } = options;
  const queue = openQueue(id, options);
  const data = text === '-' ? await readAll(queue) : bytesOf(text);
  await withCommandWords(() => queue.send(type, data, { wait: options.wait ?? timeout !== undefined, timeout }));
  if (json) await printJson({ id: queue.id, type, size: data.length });
}

function bytesOf(text: string): Uint8Array {
  if (!text.includes(REPLACEMENT)) return Buffer.from(text);
  throw new AncillaryError(
    'ERR_INVALID_ARGUMENT',
    'TEXT is no UTF-8, and what its bytes are cannot be told: give them on standard input, with - for TEXT',
  );
}

/** All of standard input, as far as it can be a message. */
async function readAll(queue: MessageQueue): Promise<Uint8Array> {
  tryFind(queue);
  const most = readLimits()?.msgmax ?? INT_MAX;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of openFile('-').chunks) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > most) {
      throw new AncillaryError(
        'ERR_TOO_LARGE',
        `standard input has more bytes than a message may have, ${most} (kernel.msgmax): send it in parts`,
      );
    }
  }
  return Buffer.concat(chunks);
}

/** Tells of a queue that is not there before anybody types; that there is one may be hidden from who may write into it. */
function tryFind(queue: MessageQueue): void {
  try {
    queue.stat();
  } catch (error) {
    if ((error as AncillaryError).code !== 'EACCES') throw error;
  }
}
