/** What peers send to workers unasked is closed by one thread of the pool, however many workers there are. */
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';
import { threads } from '../support/threads.js';

const t = suite('workers-refusing');

t.test('three workers that refuse what takes long to close leave a pool of two threads to others', async () => {
  const out = await threads(
    `
    import { once } from 'node:events';
    import { connect, createServer } from 'node:net';
    const koffi = createRequire(process.cwd() + '/x.js')('koffi');
    const setsockopt = koffi.load(null).func('int setsockopt(int, int, int, void *, uint32_t)');
    const [SOL_SOCKET, SO_LINGER, SECONDS] = [1, 13, 30];
    const server = createServer((socket) => socket.pause()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect(server.address().port, '127.0.0.1');
    await once(socket, 'connect');
    // Full, and nobody reads: the last close waits until the time of SO_LINGER is over.
    socket.write(Buffer.alloc(16 << 20));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const fd = socket._handle.fd;
    setsockopt(fd, SOL_SOCKET, SO_LINGER, Int32Array.of(1, SECONDS), 8);
    const [a, b] = socketpair();
    globalThis.held = [a, b];
    a.sendSync('x', { fds: [fd] });
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await b.receive().catch(({ code }) => parentPort.postMessage(code));
    `,
    `
    const workers = [1, 2, 3].map(() => new Worker(url));
    const codes = await Promise.all(workers.map((worker) => once(worker, 'message')));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const begin = performance.now();
    await fs.promises.stat('.');
    console.log(codes.join(), performance.now() - begin < 15_000);
    process.exit();
    `,
    { env: { UV_THREADPOOL_SIZE: '2' } },
  );
  assert.is(out, 'ERR_TRUNCATED,ERR_TRUNCATED,ERR_TRUNCATED true');
});

t.run();
