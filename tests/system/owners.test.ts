/** A number has one owner: what is owned already is not adopted once more, and what is not can be. */
import { closeSync, fstatSync, openSync } from 'node:fs';
import {
  AncillaryError,
  OwnedFd,
  pipe,
  socketpair,
  UdpSocket,
  UnixDatagram,
  UnixListener,
  UnixSeqpacket,
  UnixSeqpacketListener,
  UnixStream,
} from 'ancillary';
import { USocket } from 'ancillary/usocket';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { openFds, settledFds } from '../support/descriptors.js';
import { run, script } from '../support/process.js';
import { targetOf, withFds, withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';
import { threads } from '../support/threads.js';

const t = suite('owners');

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** An owner that lends its number, and can be asked to give it up. */
type Owner = Disposable & { readonly fd: number; readonly closed: boolean; release(): number };

/** Gives one of two, and closes the other. */
function one<T extends Owner>([first, other]: readonly [T, T]): T {
  other[Symbol.dispose]();
  return first;
}

/** Owners of every sort, and what is said of where they are from. */
const OWNERS: Record<string, [make: () => Owner | Promise<Owner>, origin: RegExp]> = {
  'an OwnedFd that adopted it': [() => OwnedFd.adopt(openSync('/dev/null', 'r')), /adopted as descriptor \d+/],
  'an OwnedFd that came': [
    () =>
      withFds(1, (fds) =>
        withPair((a, b) => {
          a.sendSync('x', { fds });
          return arrived(b.receiveSync({ maxFds: 1 })).fds[0] as OwnedFd;
        }),
      ),
    /received on/,
  ],
  'a duplicate': [
    () => {
      const { read, write } = pipe();
      write.close();
      const copy = read.dup();
      read.close();
      return copy;
    },
    /made by dup/,
  ],
  'a stream': [() => one(socketpair()), /socketpair/],
  'a stream that adopted it': [() => UnixStream.adopt(one(socketpair()).release()), /adopted as UnixStream/],
  'a seqpacket socket': [() => one(socketpair({ type: 'seqpacket' })), /socketpair/],
  'a datagram socket': [() => UnixDatagram.bindSync({ autobind: true }), /bound to/],
  'a UDP socket': [() => UdpSocket.bindSync({ address: '127.0.0.1' }), /bound/],
  'a listener': [() => UnixListener.listenSync({ autobind: true }), /listening/],
  'a seqpacket listener': [() => UnixSeqpacketListener.listenSync({ autobind: true }), /listening/],
};

const adopters: Record<string, (fd: number) => unknown> = {
  OwnedFd: (fd) => OwnedFd.adopt(fd),
  USocket: (fd) => new USocket({ fd }),
  ...Object.fromEntries(
    Object.entries({
      UnixStream,
      UnixSeqpacket,
      UnixDatagram,
      UdpSocket,
      UnixListener,
      UnixSeqpacketListener,
    }).map(([name, each]) => [name, (fd: number) => each.adopt(fd)]),
  ),
};

// What the library and Node open once is open before anything is counted.
t.before(async () => {
  for (const [make] of Object.values(OWNERS)) (await make())[Symbol.dispose]();
  new USocket().destroy();
  await thrownBy(() => withPair((a) => a.receive({ timeout: 1 })));
});

for (const [name, [make, origin]] of Object.entries(OWNERS)) {
  t.test(
    `the number of ${name} is adopted by nothing, in one line that says where it is from, and it stays`,
    async () => {
      const before = await settledFds();
      const owner = await make();
      const { fd } = owner;
      const target = targetOf(fd);
      for (const when of ['in the same turn', 'later']) {
        for (const [adopter, adopt] of Object.entries(adopters)) {
          const error = await thrownBy(() => adopt(fd));
          assert.instance(error, AncillaryError);
          assert.equal([error.code, error.message.includes('\n')], ['ERR_INVALID_ARGUMENT', false]);
          assert.match(
            error.message,
            new RegExp(`^descriptor ${fd} has an owner already, .*: adopt`),
            `${adopter} ${when}`,
          );
          assert.match(error.message, origin);
        }
        await turn();
      }
      assert.equal([owner.closed, targetOf(fd)], [false, target]);
      owner[Symbol.dispose]();
      assert.equal(openFds(), before);
    },
  );

  for (const when of ['at once', 'later']) {
    t.test(`what ${name} has given away or closed, and the number that comes again, are adopted: ${when}`, async () => {
      const before = await settledFds();
      const owner = await make();
      if (when === 'later') await turn();
      const released = owner.release();
      const again = OwnedFd.adopt(released);
      assert.is(again.fd, released);
      again.close();
      // The lowest free number is the same again, and somebody else's.
      const stranger = openSync('/dev/null', 'r');
      const adopted = OwnedFd.adopt(stranger);
      adopted.close();
      assert.equal(openFds(), before);
    });
  }
}

t.test(
  'a number that a worker or other code closed behind its owner, and that is reused, stays that owner’s',
  async () => {
    const owner = OwnedFd.adopt(openSync('/dev/null', 'r'));
    const { fd } = owner;
    closeSync(fd);
    for (const { adopt } of [OwnedFd, UnixStream]) assert.is((await thrownBy(() => adopt(fd))).code, 'EBADF');
    const [a, b] = socketpair();
    b.closeSync();
    const reused = [a.release()];
    while (!reused.includes(fd)) reused.push(openSync('/dev/null', 'r'));
    // It would close it.
    assert.match((await thrownBy(() => OwnedFd.adopt(fd))).message, /has an owner already, adopted as descriptor/);
    assert.is(owner.release(), fd);
    OwnedFd.adopt(fd).close();
    for (const each of reused) if (each !== fd) closeSync(each);
  },
);

t.test('an owner who ends says nothing of another who has the number by now', async () => {
  const late = OwnedFd.adopt(openSync('/dev/null', 'r'));
  const { fd } = late;
  await turn();
  closeSync(fd);
  const pair = socketpair();
  const owner = pair.find((each) => each.fd === fd);
  assert.ok(owner, 'the lowest free number');
  await turn();
  late.release();
  assert.match((await thrownBy(() => OwnedFd.adopt(fd))).message, /has an owner already, .*socketpair/);
  for (const end of pair) end.closeSync();
  assert.is((await thrownBy(() => OwnedFd.adopt(fd))).code, 'EBADF');
});

t.test('a number whose owner has been collected, and left it open, can be adopted', async () => {
  const { stdout, stderr } = await run(
    script(
      `
      import { openSync, fstatSync } from 'node:fs';
      import { OwnedFd } from 'ancillary';
      const warned = new Promise((resolve) => process.on('warning', resolve));
      let fd;
      (() => { fd = OwnedFd.adopt(openSync('/dev/null', 'r')).fd; })();
      for (let isOver = false; !isOver; ) {
        gc();
        isOver = await Promise.race([warned.then(() => true), new Promise((resolve) => setTimeout(resolve, 5))]);
      }
      fstatSync(fd);
      OwnedFd.adopt(fd).close();
      console.log('adopted');
      `,
      '--expose-gc',
      '--no-warnings',
    ),
  );
  assert.is(stdout.toString(), 'adopted\n', stderr);
});

t.test('hundreds that are adopted in one turn are each looked for, and none is refused', () => {
  const numbers = Array.from({ length: 500 }, () => openSync('/dev/null', 'r'));
  const owners = numbers.map((fd) => OwnedFd.adopt(fd));
  assert.equal(
    owners.map(({ fd }) => fd),
    numbers,
  );
  for (const owner of owners) owner.close();
});

t.test('in a worker the number that an adopted one has got is refused, and the old one is free', async () => {
  const printed = await threads(
    `
    const { OwnedFd } = createRequire(process.cwd() + '/x.js')('ancillary');
    // What nobody has any more the collector may find before the end, and would tell.
    const held = [];
    const tried = (fd) => {
      try {
        held.push(OwnedFd.adopt(fd));
        return true;
      } catch (error) {
        return error.code;
      }
    };
    const [a, b] = socketpair();
    const given = fs.openSync('/dev/null');
    const owner = OwnedFd.adopt(given);
    console.log(tried(given), tried(owner.fd), tried(a.fd));
    const released = owner.release();
    console.log(tried(released));
    for (const each of held) each.close();
    a.closeSync();
    b.closeSync();
    `,
    `const worker = new Worker(url); await once(worker, 'exit');`,
  );
  assert.is(printed, 'EBADF ERR_INVALID_ARGUMENT ERR_INVALID_ARGUMENT\ntrue');
});

t.test('a number that is owned is not put back into a USocket either', async () => {
  const owner = OwnedFd.adopt(openSync('/dev/null', 'r'));
  const socket = new USocket();
  assert.match((await thrownBy(() => socket.unshift(null, [owner.fd]))).message, /has an owner already/);
  socket.destroy();
  fstatSync(owner.fd);
  owner.close();
});

t.run();
