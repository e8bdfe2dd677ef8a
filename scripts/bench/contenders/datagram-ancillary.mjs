// datagram-ancillary.mjs SIZE [into]: one datagram of SIZE bytes through a socketpair and out again; with `into`, into
// memory that is there already.
import { socketpair } from 'ancillary';
import { serve } from './serve.mjs';

const size = Number(process.argv[2]);
const [left, right] = socketpair({ type: 'dgram' });
const data = new Uint8Array(size);
const room = process.argv[3] === 'into' ? { into: new Uint8Array(size) } : { maxData: size };

serve((n) => {
  for (let i = 0; i < n; i++) {
    if (left.sendSync(data) !== size || right.receiveSync(room).size !== size) throw new Error('not all came');
  }
});
