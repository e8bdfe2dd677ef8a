/** Batches of datagrams to one or several receivers: in their order for each, whoever waits for whom. */
import { join } from 'node:path';
import { type AncillaryError, type Message, UnixDatagram } from 'ancillary';
import * as assert from 'uvu/assert';
import { fillRecords, texts } from '../support/batches.js';
import { withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('batches of datagrams');

// What the reactor opens, it opens once: before anything is counted.
t.before(() => withPair((a) => thrownBy(() => a.receive({ timeout: 1 }))));

t.test('datagrams to several receivers keep their order for each, and nothing sent later overtakes them', () =>
  withTempDir(async (folder) => {
    const [full, free] = ['full', 'free'].map((name) => UnixDatagram.bindSync(join(folder, name)));
    const sender = UnixDatagram.bindSync({ autobind: true });
    const to = { full: join(folder, 'full'), free: join(folder, 'free') };
    const filled = fillRecords({ sendSync: (data) => sender.sendSync(data, { to: to.full }) });
    const batch = sender.sendMany([
      { data: '1', to: to.free },
      { data: '2', to: to.full },
      { data: '3', to: to.free },
    ]);
    const later = [
      sender.send('4', { to: to.free }),
      sender.sendMany([{ data: '5', to: to.free }]),
      sender.send('6', { to: to.full }),
    ];
    for (const address of Object.values(to)) {
      assert.is((await thrownBy(() => sender.sendSync('x', { to: address }))).code, 'ERR_BUSY');
      assert.is((await thrownBy(() => sender.sendManySync([{ data: 'x', to: address }]))).code, 'ERR_BUSY');
    }
    const cut = (await thrownBy(() =>
      sender.sendMany([{ data: 'never', to: to.free }], { timeout: 20 }),
    )) as AncillaryError;
    assert.equal([cut.code, cut.messagesSent], ['ETIMEDOUT', 0]);
    assert.equal(texts(free?.receiveManySync() as Message[]), ['1'], 'what stands in front of the full one has gone');
    const atFull: string[] = [];
    while (atFull.length < filled + 2)
      atFull.push(...texts((await full?.receiveMany({ timeout: 20_000 })) as Message[]));
    assert.equal(await Promise.all([batch, ...later]), [3, 1, 1, 1]);
    assert.equal(atFull.slice(filled), ['2', '6']);
    assert.equal(texts(free?.receiveManySync() as Message[]), ['3', '4', '5']);
    for (const socket of [full, free, sender]) socket?.closeSync();
  }),
);

t.test('a batch stands behind what waits for one of its receivers, and goes around what waits for another', () =>
  withTempDir(async (folder) => {
    const [full, free] = ['full', 'free'].map((name) => UnixDatagram.bindSync(join(folder, name)));
    const sender = UnixDatagram.bindSync({ autobind: true });
    const to = { full: join(folder, 'full'), free: join(folder, 'free') };
    const filled = fillRecords({ sendSync: (data) => sender.sendSync(data, { to: to.full }) });
    const first = sender.send('first', { to: to.full });
    assert.is(
      await sender.sendMany([
        { data: 'a', to: to.free },
        { data: 'b', to: to.free },
      ]),
      2,
    );
    const second = sender.sendMany([
      { data: 'c', to: to.free },
      { data: 'second', to: to.full },
    ]);
    assert.equal(texts(free?.receiveManySync() as Message[]), ['a', 'b', 'c']);
    const atFull: string[] = [];
    while (atFull.length < filled + 2)
      atFull.push(...texts((await full?.receiveMany({ timeout: 20_000 })) as Message[]));
    assert.equal([await first, await second], [5, 2]);
    assert.equal(atFull.slice(filled), ['first', 'second']);
    assert.equal((await full?.receiveMany({ timeout: 1 }).catch((error) => error.code)) as unknown, 'ETIMEDOUT');
    for (const socket of [full, free, sender]) socket?.closeSync();
  }),
);

t.test('a batch to a receiver that is full goes on as fast as the receiver makes room', () =>
  withTempDir(async (folder) => {
    const to = join(folder, 'r');
    const receiver = UnixDatagram.bindSync(to);
    const sender = UnixDatagram.bindSync({ autobind: true });
    const COUNT = 8000;
    const sent = sender.sendMany(Array.from({ length: COUNT }, (_, i) => ({ data: `${i}`, to })));
    for (let came = 0; came < COUNT; ) {
      const messages = await receiver.receiveMany({ most: 1000, timeout: 20_000 });
      for (const data of texts(messages)) assert.is(data, `${came++}`);
    }
    assert.is(await sent, COUNT);
    for (const each of [receiver, sender]) each.closeSync();
  }),
);

t.test('datagrams of a batch come from whoever sent them', () =>
  withTempDir((folder) => {
    const receiver = UnixDatagram.bindSync(join(folder, 'r'));
    const senders = ['a', 'b'].map((name) => UnixDatagram.bindSync({ abstract: `${folder}/${name}` }));
    const nameless = UnixDatagram.connectSync(join(folder, 'r'));
    for (const each of senders)
      each.sendManySync([
        { data: '1', to: join(folder, 'r') },
        { data: '2', to: join(folder, 'r') },
      ]);
    nameless.sendSync('3');
    senders[0]?.sendManySync([{ data: '4', to: join(folder, 'r') }]);
    const address = (name: string) => ({ abstract: `${folder}/${name}` });
    assert.equal(
      receiver.receiveManySync().map(({ data, from }) => [data.toString(), from]),
      [
        ['1', address('a')],
        ['2', address('a')],
        ['1', address('b')],
        ['2', address('b')],
        ['3', undefined],
        ['4', address('a')],
      ],
    );
    for (const socket of [receiver, nameless, ...senders]) socket.closeSync();
  }),
);

t.run();
