// stream-ancillary.mjs SIZE: SIZE bytes through a socketpair of streams and out again.
import { socketpair } from 'ancillary';
import { serve } from './serve.mjs';

const size = Number(process.argv[2]);
const [left, right] = socketpair();
const data = new Uint8Array(size);
const room = { maxData: size };

serve((n) => {
  for (let i = 0; i < n; i++) {
    left.sendSync(data);
    let got = 0;
    while (got < size) got += right.receiveSync(room)?.size ?? Number.NaN;
    if (got !== size) throw new Error('not all came');
  }
});
