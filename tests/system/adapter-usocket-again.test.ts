/** A USocket that connects again after it was destroyed: nothing of one connection is in the next. */
import { socketpair, UnixListener } from 'ancillary';
import { USocket } from 'ancillary/usocket';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { settledFds, untilOpen } from '../support/descriptors.js';
import { withFds } from '../support/sockets.js';
import { suite } from '../support/suite.js';
import { next } from '../support/usockets.js';
import { openWhatStays } from '../support/warm.js';

const t = suite('usocket, connecting again');

t.before(openWhatStays);

const name = (of: string) => `ancillary usocket ${of} ${process.pid}`;

/** What a callback of a write heard: a code, or 'sent'. */
const heard = (begin: (callback: (error?: Error | null) => void) => void) =>
  new Promise<string | undefined>((resolve) =>
    begin((error) => resolve(error ? (error as NodeJS.ErrnoException).code : 'sent')),
  );

t.test('what was written for a connection that failed goes to no other, and its writer hears of it', () =>
  withFds(1, async (fds) => {
    const before = await settledFds();
    const listener = UnixListener.listenSync({ abstract: name('again') });
    const socket = new USocket(`\0${name('none')}`);
    const failed = next(socket, 'close').catch((error) => error.code);
    const outcome = heard((callback) => socket.write({ data: Buffer.from('old'), fds }, null, callback));
    assert.is(await failed, 'ECONNREFUSED');
    assert.is(await outcome, 'ECONNREFUSED');

    socket.connect(`\0${name('again')}`);
    const peer = await listener.accept();
    assert.is(await heard((callback) => socket.write('new', callback)), 'sent');
    const message = arrived(await peer.receive({ maxFds: 1 }));
    assert.equal([String(message.data), message.fds.length], ['new', 0]);
    socket.destroy();
    peer.closeSync();
    listener.closeSync();
    await untilOpen(before);
  }),
);

t.test('an end that waited for a connection that failed does not end the next', async () => {
  const listener = UnixListener.listenSync({ abstract: name('ending') });
  const socket = new USocket(`\0${name('none')}`);
  socket.end();
  await next(socket, 'close').catch(() => {});
  socket.connect(`\0${name('ending')}`);
  const peer = await listener.accept();
  await heard((callback) => socket.write('x', callback));
  assert.is(String(arrived(await peer.receive()).data), 'x');
  peer.sendSync('y');
  assert.is(String((await next<Buffer>(socket, 'data')) ?? ''), 'y');
  socket.destroy();
  peer.closeSync();
  listener.closeSync();
});

t.test('destroyed while it sends and reads, a socket that connects at once sends and reads anew', async () => {
  const before = await settledFds();
  const [first, firstPeer] = socketpair();
  const [second, secondPeer] = socketpair();
  const socket = new USocket({ fd: first.release() });
  const data = next<Buffer>(socket, 'data');
  firstPeer.sendSync('a');
  assert.is(String(await data), 'a');
  const outcome = heard((callback) => socket.write(Buffer.alloc(8 << 20), callback));
  socket.destroy();
  assert.is(await outcome, 'ERR_CLOSED');

  socket.connect({ fd: second.release() });
  const more = next<Buffer>(socket, 'data');
  assert.is(await heard((callback) => socket.write('new', callback)), 'sent');
  assert.is(String(arrived(await secondPeer.receive()).data), 'new');
  secondPeer.sendSync('b');
  assert.is(String(await more), 'b');
  socket.destroy();
  for (const peer of [firstPeer, secondPeer]) peer.closeSync();
  await untilOpen(before);
});

t.run();
