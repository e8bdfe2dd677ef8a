// echo-net.mjs: 64 bytes to another process and back through net.Socket.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { serverPath, serverReady, startServer } from './echo-peer.mjs';
import { serve } from './serve.mjs';

const path = serverPath();
if (path === undefined) await runClient(await startServer());
else
  createServer((socket) => socket.on('data', (data) => socket.write(data)).on('error', () => {})).listen(
    path,
    serverReady,
  );

/** @param {string} path */
async function runClient(path) {
  const socket = connect(path);
  await once(socket, 'connect');
  const data = Buffer.alloc(64);
  let left = 0;
  let done = () => {};
  socket.on('data', (answer) => {
    if (answer.length !== data.length) throw new Error('a message came in pieces');
    if (--left > 0) socket.write(data);
    else done();
  });
  await serve(
    (n) =>
      new Promise((resolve) => {
        left = n;
        done = resolve;
        socket.write(data);
      }),
  );
}
