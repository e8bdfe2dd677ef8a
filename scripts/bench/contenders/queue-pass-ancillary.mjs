// queue-pass-ancillary.mjs SIZE [into]: one message of SIZE bytes into a System V queue and out again; with `into`, into
// memory that is there already.
import { MessageQueue } from 'ancillary/sysv';
import { serve } from './serve.mjs';

const size = Number(process.argv[2]);
const queue = MessageQueue.private({ removeOnDispose: true });
process.on('exit', () => queue[Symbol.dispose]());
const data = new Uint8Array(size);
const into = process.argv[3] === 'into' ? { into: new Uint8Array(size) } : undefined;

serve((n) => {
  for (let i = 0; i < n; i++) {
    queue.sendSync(1, data);
    const got = into ? queue.receiveSync(into).size : queue.receiveSync().data.length;
    if (got !== size) throw new Error('not all came');
  }
});
