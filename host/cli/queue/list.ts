/** `ancillary queue ls` and `stat`. */
import { showKey } from '../../sysv/key.js';
import { listQueues } from '../../sysv/list.js';
import { cell } from '../../view/drawing.js';
import { drawStatus } from '../../view/queue.js';
import { draw } from '../drawing.js';
import { printJson } from '../output.js';
import { openQueue } from './open.js';
import type { QueuePlace } from './options.js';

const HEADS = ['id', 'key', 'mode', 'uid', 'messages', 'bytes', 'qbytes', 'last sender', 'last receiver'];

export async function listAll({ json }: { json?: true }): Promise<void> {
  const queues = listQueues();
  if (json) return printJson(queues);
  const rows = queues.map(({ id, key, mode, uid, qnum, cbytes, qbytes, lspid, lrpid }) => [
    cell(id),
    cell(showKey(key)),
    cell(mode.toString(8).padStart(4, '0')),
    cell(uid),
    cell(qnum),
    cell(cbytes),
    cell(qbytes ?? '?'),
    cell(lspid || '-'),
    cell(lrpid || '-'),
  ]);
  await draw([
    { rows: [HEADS.map((head) => ({ ...cell(head, 'title'), right: !['key', 'mode'].includes(head) })), ...rows] },
  ]);
}

export async function tellStatus(id: number | undefined, options: QueuePlace & { json?: true }): Promise<void> {
  const status = openQueue(id, options).stat();
  await (options.json ? printJson(status) : draw([drawStatus(status)]));
}
