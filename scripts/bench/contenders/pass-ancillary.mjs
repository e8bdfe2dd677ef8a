// pass-ancillary.mjs COUNT [each]: one byte and COUNT descriptors through a stream socketpair, then close what came:
// together or, with `each`, one by one.
import { openSync } from 'node:fs';
import { closeAll, socketpair } from 'ancillary';
import { serve } from './serve.mjs';

const count = Number(process.argv[2]);
const oneByOne = count === 1 || process.argv[3] === 'each';
const [left, right] = socketpair();
// One open file each, as every contender does.
const fds = Array.from({ length: count }, () => openSync('/dev/null', 'r'));
const data = Buffer.from('x');
const room = { maxData: 64, maxFds: count };

serve((n) => {
  for (let i = 0; i < n; i++) {
    if (left.sendSync(data, { fds }) !== 1) throw new Error('not sent');
    const message = right.receiveSync(room);
    if (message === null) throw new Error('the end');
    const received = message.fds;
    if (message.data.length !== 1 || received.length !== count) throw new Error('descriptors missing');
    if (oneByOne) for (const fd of received) fd.close();
    else closeAll(received);
  }
});
