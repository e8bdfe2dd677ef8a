/** What a worker has made is closed when it ends, however it ends and whatever waits in it. */
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { threads } from '../support/threads.js';

const t = suite('workers-sockets');

/** What a worker holds, and what waits in it. */
const HOLDINGS: Record<string, string> = {
  'full pairs of every type': `
    for (const type of ['stream', 'seqpacket', 'dgram']) {
      const [a, b] = library.socketpair({ type });
      keep(a, b);
      wait(b.receive());
      for (let i = 0; i < 40; i++) wait(a.send(Buffer.alloc(50_000), { fds: [0] }));
    }`,
  'datagrams that wait for their receivers': `
    const to = [folder + '/d', { abstract: 'ancillary-' + process.pid }];
    const receivers = to.map((address) => library.UnixDatagram.bindSync(address));
    const sender = library.UnixDatagram.bindSync({ autobind: true });
    keep(sender, ...receivers);
    for (let i = 0; i < 50; i++) for (const each of to) wait(sender.send('x', { to: each, fds: [0] }));
    wait(sender.sendMany(to.map((each) => ({ data: 'y', to: each, fds: [0] }))));`,
  'UDP sockets': `
    const socket = library.UdpSocket.bindSync({ address: '127.0.0.1', recverr: true });
    keep(socket);
    wait(socket.receiveMany());
    wait(socket.receive({ errorQueue: true }));`,
  'listeners and connections of records': `
    const listener = library.UnixSeqpacketListener.listenSync(folder + '/l');
    keep(listener);
    listener.accept().then(keep, () => {});
    const client = library.UnixSeqpacket.connectSync(folder + '/l', { credentials: true });
    keep(client);
    wait(client.forEachMessage(() => {}));`,
  'a barrier that nobody lifts': `
    keep(library.UnixDatagram.bindSync(folder + '/n'));
    process.env.NOTIFY_SOCKET = folder + '/n';
    wait(load('ancillary/notify').notify({ READY: 1 }, { barrier: true, fds: [0], timeout: 60_000 }));`,
  'descriptors of every kind': `
    const { master, slave } = library.openPty();
    keep(library.memfd('x', 5), library.eventfd(), library.pidfd(process.pid), ...Object.values(library.pipe()), master, slave);`,
};

const ENDINGS: Record<string, string> = {
  'terminate()': `parentPort.postMessage('ready'); setInterval(() => {}, 1000);`,
  'process.exit()': 'process.exit(0);',
  'an error that nobody catches': `throw new Error('on purpose');`,
  'its natural end': 'setTimeout(() => { for (const each of kept) each[Symbol.dispose](); }, 20);',
};

for (const [holding, hold] of Object.entries(HOLDINGS)) {
  t.test(`a worker with ${holding} leaves nothing open, however it ends`, () =>
    withTempDir(async (folder) => {
      const printed = await threads(
        `
        const load = createRequire(process.cwd() + '/x.js');
        const library = load('ancillary');
        const { folder, ending } = workerData;
        const kept = [];
        globalThis.kept = kept;
        const keep = (...each) => kept.push(...each);
        const wait = (promise) => promise.catch(() => {});
        ${hold}
        new Function('parentPort', 'kept', ending)(parentPort, kept);
        `,
        `
        let before;
        // After the first: what the process opens once, for whichever worker.
        for (const ending of ${JSON.stringify([Object.values(ENDINGS)[1], ...Object.values(ENDINGS)])}) {
          // A name of its own: who is terminated leaves its socket files.
          const folder = fs.mkdtempSync(${JSON.stringify(`${folder}/`)});
          const worker = new Worker(url, { workerData: { folder, ending }, env: { ...process.env } });
          worker.on('message', () => worker.terminate());
          worker.on('error', ({ message }) => message === 'on purpose' || console.log(message));
          await new Promise((resolve) => worker.on('exit', resolve));
          // Whatever the first leaves for a moment is gone when nothing changes any more.
          for (let last = -1; before === undefined && last !== open(); ) {
            last = open();
            await new Promise((resolve) => setTimeout(resolve, 300));
          }
          before ??= open();
          await until(() => open() === before);
          if (!ending.includes('postMessage')) fs.rmdirSync(folder);
          else fs.rmSync(folder, { recursive: true });
        }
        console.log('closed');
        `,
      );
      assert.is(printed, 'closed');
    }),
  );
}

t.run();
