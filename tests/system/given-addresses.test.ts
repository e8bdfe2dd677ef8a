/** An address is what it was when it was given: the caller's bytes are his to change from then on. */
import { randomBytes } from 'node:crypto';
import { type UnixAddress, UnixDatagram, UnixListener, UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('given-addresses');

/** A fresh abstract name, and the same bytes for somebody to change. */
function fresh(): { name: Buffer; address: UnixAddress } {
  const name = randomBytes(12);
  return { name, address: { abstract: Buffer.from(name) } };
}

/** Options whose getter changes the bytes after the address was given. */
const spoiling = (bytes: Uint8Array, key: string) =>
  Object.defineProperty({}, key, { enumerable: true, get: () => void bytes.fill(0) });

t.test('a connect that waits while the backlog is full goes where it was to go', async () => {
  const { name, address } = fresh();
  const listener = UnixListener.listenSync(address, { backlog: 0 });
  const first = UnixStream.connectSync(address);
  assert.is((await thrownBy(() => UnixStream.connectSync(address))).code, 'EAGAIN');
  const waiting = UnixStream.connect({ abstract: name }, { timeout: 20_000 });
  name.fill(0);
  const ends = [first, await listener.accept(), await waiting, await listener.accept()];
  ends[2]?.sendSync('x');
  assert.is((await ends[3]?.receive())?.data.toString(), 'x');
  for (const each of [...ends, listener]) each?.closeSync();
});

t.test('what a getter among the options does to the bytes changes nothing', async () => {
  const { name, address } = fresh();
  const listener = UnixListener.listenSync(address);
  for (const connect of [
    (given: UnixAddress, bytes: Uint8Array) => UnixStream.connect(given, spoiling(bytes, 'timeout')),
    (given: UnixAddress, bytes: Uint8Array) => UnixStream.connectSync(given, spoiling(bytes, 'maxFds')),
  ]) {
    const bytes = Buffer.from(name);
    const client = await connect({ abstract: bytes }, bytes);
    const server = await listener.accept({ timeout: 20_000 });
    assert.ok(bytes.every((byte) => byte === 0));
    for (const each of [client, server]) each.closeSync();
  }
  listener.closeSync();

  const bytes = Buffer.from(name);
  const bound = UnixDatagram.bindSync({ abstract: bytes }, spoiling(bytes, 'maxFds'));
  assert.equal((bound.address as { abstract: Buffer }).abstract, name);
  bound.closeSync();
});

t.test('a datagram that waits for room goes to whom it was to go', async () => {
  const { name, address } = fresh();
  const receiver = UnixDatagram.bindSync(address);
  const sender = UnixDatagram.bindSync({ autobind: true });
  let count = 0;
  for (; ; count++) {
    try {
      sender.sendSync('x', { to: address });
    } catch (error) {
      assert.is((error as { code?: string }).code, 'EAGAIN');
      break;
    }
  }
  const waiting = sender.send('last', { to: { abstract: name }, timeout: 20_000 });
  name.fill(0);
  for (let i = 0; i < count; i++) receiver.receiveSync();
  assert.is((await receiver.receive({ timeout: 20_000 })).data.toString(), 'last');
  assert.is(await waiting, 4);
  for (const each of [receiver, sender]) each.closeSync();
});

t.run();
