/** In a worker thread, where an OwnedFd has another number and Node watches over what fs.open opened. */
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';
import { threads } from '../support/threads.js';

const t = suite('adopting in workers');

const LIBRARY = `
  import dgram from 'node:dgram';
  import net from 'node:net';
  const {
    eventfd, fromDgram, fromFileHandle, fromNetServer, fromNetSocket, memfd, openPty, OwnedFd, pidfd, pipe,
    toDgram, toFileHandle, toNetServer, toNetSocket, toReadStream, toTty, toWriteStream,
  } = createRequire(process.cwd() + '/x.js')('ancillary');
  const ALLOWED = { nonblocking: true };
  const once = (emitter, event) => new Promise((resolve) => emitter.once(event, resolve));
  const textOf = async (stream) => { let text = ''; for await (const chunk of stream) text += chunk; return text; };
  const works = {
    async sockets() {
      const [a, b] = socketpair();
      const socket = toNetSocket(a, ALLOWED);
      await b.send('in ');
      const first = String(await once(socket, 'data'));
      socket.pause();
      await b.send('and out');
      while (socket.readableLength === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      const { fd, unread } = fromNetSocket(socket);
      toNetSocket(fd).end('back');
      const last = String((await b.receive()).data);
      b.closeSync();
      return first + unread + ' ' + last;
    },
    async servers() {
      const server = net.createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address();
      const next = toNetServer(fromNetServer(server));
      next.on('connection', (socket) => socket.end('served'));
      const text = await textOf(net.connect(port, '127.0.0.1'));
      next.close();
      return text;
    },
    async datagrams() {
      const socket = dgram.createSocket('udp4');
      await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
      const next = toDgram(fromDgram(socket));
      next.send('datagram', next.address().port, '127.0.0.1');
      const data = String(await once(next, 'message'));
      next.close();
      return data;
    },
    async files() {
      const owned = memfd('file', Buffer.from('content'));
      const reader = toReadStream(owned.dup());
      const text = await textOf(reader);
      const writer = toWriteStream(owned.dup());
      writer.end(' more');
      await once(writer, 'close');
      const back = await fromFileHandle(await toFileHandle(owned));
      const { size } = back.stat();
      back.close();
      return text + ' ' + size;
    },
    async pipes() {
      const { read, write } = pipe();
      toWriteStream(write).end('through');
      return textOf(toReadStream(read));
    },
    async terminals() {
      const { master, slave } = openPty();
      const [terminal, program] = [toTty(master), toTty(slave)];
      terminal.on('error', () => {});
      program.write('printed');
      const text = String(await once(terminal, 'data'));
      program.destroy();
      terminal.destroy();
      return text;
    },
    async adopted() {
      const fd = fs.openSync('/dev/null', 'r');
      const owned = OwnedFd.adopt(fd);
      // The number that it had is anybody's, also at the worker's end.
      const isGone = !fs.existsSync('/proc/self/fd/' + fd) || owned.fd === fd;
      const all = [owned, eventfd(), pidfd(process.pid)];
      const kinds = all.map((each) => each.kind);
      for (const each of all) each.close();
      return isGone + ' ' + kinds.join();
    },
  };
`;

const RESULTS = {
  sockets: 'in and out back',
  servers: 'served',
  datagrams: 'datagram',
  files: 'content 12',
  pipes: 'through',
  terminals: 'printed',
  adopted: 'true character device,eventfd,pidfd',
};

for (const [name, result] of Object.entries(RESULTS)) {
  t.test(`${name} go to Node and back, and nothing is left open, whoever is ended how`, async () => {
    const out = await threads(
      `${LIBRARY}
      const told = await works[workerData.name]();
      // What is left open on purpose, when the worker ends.
      globalThis.held = [memfd('held'), toWriteStream(memfd('held')), toReadStream(memfd('held'))];
      parentPort.postMessage(told);
      if (workerData.isToStay) setInterval(() => {}, 1000);
      `,
      `
      process.stdout;
      for (const isToStay of [false, true, false, true]) {
        const before = open();
        const worker = new Worker(url, { workerData: { name: '${name}', isToStay } });
        const ended = once(worker, 'exit');
        const told = await once(worker, 'message');
        if (isToStay) await worker.terminate();
        await ended;
        await until(() => open() <= Math.max(before, globalThis.first ?? Infinity));
        globalThis.first ??= open();
        console.log(told);
      }
      `,
    );
    assert.is(out, Array.from({ length: 4 }, () => result).join('\n'));
  });
}

t.run();
