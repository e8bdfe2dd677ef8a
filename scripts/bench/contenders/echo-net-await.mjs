// echo-net-await.mjs: 64 bytes to another process and back through net.Socket, read with `for await`.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { serverPath, serverReady, startServer } from './echo-peer.mjs';
import { serve } from './serve.mjs';

const path = serverPath();
if (path === undefined) await runClient(await startServer());
else {
  createServer(async (socket) => {
    socket.on('error', () => {});
    for await (const data of socket) socket.write(data);
  }).listen(path, serverReady);
}

/** @param {string} path */
async function runClient(path) {
  const socket = connect(path);
  await once(socket, 'connect');
  const data = Buffer.alloc(64);
  const answers = socket[Symbol.asyncIterator]();
  await serve(async (n) => {
    for (let i = 0; i < n; i++) {
      socket.write(data);
      const { value } = await answers.next();
      if (value.length !== data.length) throw new Error('a message came in pieces');
    }
  });
}
