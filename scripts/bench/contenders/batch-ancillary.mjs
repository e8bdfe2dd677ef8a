// batch-ancillary.mjs SIZE: one byte and one descriptor in each message, so many messages with one system call; n counts
// messages.
import { openSync } from 'node:fs';
import { closeAll, socketpair } from 'ancillary';
import { serve } from './serve.mjs';

const size = Number(process.argv[2]);
const [left, right] = socketpair({ type: 'dgram' });
const fds = [openSync('/dev/null', 'r')];
const data = Buffer.from('x');
const batch = Array.from({ length: size }, () => ({ data, fds }));
const room = { most: size, maxData: 64, maxFds: 1 };

serve((n) => {
  for (let rest = n; rest > 0; ) {
    const sent = left.sendManySync(rest < size ? batch.slice(0, rest) : batch);
    for (let came = 0; came < sent; ) {
      const messages = right.receiveManySync(room);
      closeAll(messages.flatMap((message) => message.fds));
      came += messages.length;
    }
    rest -= sent;
  }
});
