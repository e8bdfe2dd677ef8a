// pass-ancillary.mjs COUNT [each | into]: one byte and COUNT descriptors through a stream socketpair, then close what
// came: together or, with `each`, one by one; with `into`, the byte comes into memory that is there already.
import { openSync } from 'node:fs';
import { closeAll, socketpair } from 'ancillary';
import { serve } from './serve.mjs';

const count = Number(process.argv[2]);
const oneByOne = count === 1 || process.argv[3] === 'each';
const [left, right] = socketpair();
// One open file each, as every contender does.
const fds = Array.from({ length: count }, () => openSync('/dev/null', 'r'));
const data = Buffer.from('x');
const room = process.argv[3] === 'into' ? { into: new Uint8Array(64), maxFds: count } : { maxData: 64, maxFds: count };

serve((n) => {
  for (let i = 0; i < n; i++) {
    if (left.sendSync(data, { fds }) !== 1) throw new Error('not sent');
    const message = right.receiveSync(room);
    if (message === null) throw new Error('the end');
    const received = message.fds;
    if (message.size !== 1 || received.length !== count) throw new Error('descriptors missing');
    if (oneByOne) for (const fd of received) fd.close();
    else closeAll(received);
  }
});
