// tcp-net.mjs SIZE: SIZE bytes over the loopback by net.Socket, to the other end in the same process.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { serve } from './serve.mjs';

const size = Number(process.argv[2]);
const data = new Uint8Array(size);
const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
const near = connect({ port, host: '127.0.0.1', noDelay: true });
const [far] = await once(server, 'connection');

let got = 0;
let done = () => {};
far.on('data', (/** @type {Uint8Array} */ chunk) => {
  got += chunk.length;
  if (got >= size) done();
});

serve(async (n) => {
  for (let i = 0; i < n; i++) {
    got = 0;
    /** @type {Promise<void>} */
    const came = new Promise((resolve) => {
      done = resolve;
    });
    near.write(data);
    await came;
    if (got !== size) throw new Error('not all came');
  }
});
