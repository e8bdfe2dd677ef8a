/** UDP sockets on the loopback interface: addresses, what IP says of each message, and the queue of errors. */
import { closeSync } from 'node:fs';
import { isIPv4, isIPv6 } from 'node:net';
import { type InetTarget, socketpair, type UdpMessage, UdpSocket, UnixDatagram } from 'ancillary';
import { type ControlMessage, encode } from 'ancillary/codec';
import * as assert from 'uvu/assert';
import { checkInetAddress, decodeInetAddress, encodeInetAddress } from '../../host/socket/address/inet-address.js';
import { settledFds, untilOpen } from '../support/descriptors.js';
import { plainSocket } from '../support/native.js';
import { sleep, until } from '../support/process.js';
import { random, seed } from '../support/random.js';
import { suite, thrownBy } from '../support/suite.js';

const AF = { 4: 2, 6: 10 } as const;
const FAMILIES = [
  { family: 4, address: '127.0.0.1', any: '0.0.0.0' },
  { family: 6, address: '::1', any: '::' },
] as const;

/** Runs `fn` with a socket bound to the address with the options, and one that has none. */
async function withUdp<T>(
  address: string,
  options: object,
  fn: (receiver: UdpSocket, sender: UdpSocket) => T | Promise<T>,
): Promise<T> {
  const receiver = UdpSocket.bindSync({ address, ...options });
  const sender = UdpSocket.bindSync({ address });
  try {
    return await fn(receiver, sender);
  } finally {
    receiver[Symbol.dispose]();
    sender[Symbol.dispose]();
  }
}

/** An address that nobody is bound to, a moment ago at least. */
function deadAddress(address: string): InetTarget {
  const socket = UdpSocket.bindSync({ address });
  const dead = socket.address;
  socket.closeSync();
  return dead;
}

/** The typed values of the control messages. */
function named({ messages }: Pick<UdpMessage, 'messages'>): Record<string, unknown> {
  return Object.assign({}, ...messages.map(({ level: _l, type: _t, data: _d, ...value }) => value));
}

/** What a receive gives, or undefined where nothing is there. */
function receivable<T>(receive: () => T): T | undefined {
  try {
    return receive();
  } catch (error) {
    assert.is((error as { code?: string }).code, 'EAGAIN');
    return undefined;
  }
}

/** Waits until the error of what was sent to nobody has come: the kernel may take its time for that. */
async function untilRefused(socket: UdpSocket): Promise<void> {
  let code: string | undefined;
  await until('it is refused', async () => {
    code = (await thrownBy(() => socket.receiveSync())).code;
    return code !== 'EAGAIN';
  });
  assert.is(code, 'ECONNREFUSED');
}

const t = suite('udp');

// What the reactor opens, it opens once: before anything is counted.
t.before(() => withUdp('127.0.0.1', {}, (a) => thrownBy(() => a.receive({ timeout: 1 }))));

for (const { family, address, any } of FAMILIES) {
  const v = `IPv${family}`;
  const [ttl, tos, pktinfo, recverr] =
    family === 4 ? ['ttl', 'tos', 'pktinfo', 'recverr'] : ['hoplimit', 'tclass6', 'pktinfo6', 'recverr6'];

  t.test(`${v}: a message goes there and back by the addresses that the sockets tell`, () =>
    withUdp(address, {}, async (a, b) => {
      const where = a.address;
      assert.equal([where.address, where.family, where.port > 0], [address, family, true]);
      b.sendSync('there', { to: where });
      const message = await a.receive();
      assert.equal([message.data.toString(), message.from, message.messages], ['there', b.address, []]);
      await a.send('', { to: message.from });
      assert.equal([b.receiveSync().size, b.peerAddress], [0, undefined], 'an empty one is no end');
      assert.is((await thrownBy(() => b.receiveSync())).code, 'EAGAIN');
    }),
  );

  t.test(`${v}: bound to nothing in particular, it is at all addresses, at a port of the kernel's choice`, async () => {
    const socket = await UdpSocket.bind(family === 6 ? { family } : {});
    assert.equal([socket.address.address, socket.address.port > 0], [any, true]);
    assert.match(String((await import('node:util')).inspect(socket)), /^UdpSocket \{ fd: \d+, name: '.*:\d+' \}$/);
    await socket.close();
  });

  t.test(`${v}: connected, it sends to one, hears that one alone, and learns that nobody is there`, () =>
    withUdp(address, {}, async (a, b) => {
      const client = await UdpSocket.connect({ address, port: a.address.port });
      assert.equal(client.peerAddress, a.address);
      client.sendManySync([{ data: '1' }, { data: '2' }]);
      assert.equal(
        a.receiveManySync().map(({ data, from }) => [data.toString(), from]),
        [
          ['1', client.address],
          ['2', client.address],
        ],
      );
      b.sendSync('stranger', { to: client.address });
      assert.is((await thrownBy(() => client.receiveSync())).code, 'EAGAIN');
      client.closeSync();
      const { port } = deadAddress(address);
      const lonely = UdpSocket.connectSync({ address, port });
      lonely.sendSync('x');
      assert.is((await thrownBy(() => lonely.receive())).code, 'ECONNREFUSED');
      lonely.closeSync();
    }),
  );

  t.test(`${v}: what options ask for comes with each message, by its name, and without them nothing`, () =>
    withUdp(address, { pktinfo: true, ttl: true, tos: true, timestamps: true }, async (a, b) => {
      const before = Date.now() / 1000;
      const control = [{ [ttl as string]: 7 }, { [tos as string]: 8 }];
      b.sendManySync([
        { data: '1', to: a.address, control },
        { data: '2', to: a.address },
      ]);
      const [first, second] = a.receiveManySync().map(named) as [Record<string, never>, Record<string, never>];
      assert.equal([first[ttl as string], first[tos as string]], [7, 8]);
      assert.equal([second[ttl as string], second[tos as string]], [64, 0], 'control is of one message only');
      const { timestampns_new: time, [pktinfo as string]: info } = first as unknown as Record<
        string,
        Record<string, number>
      >;
      assert.ok(Math.abs((time?.tv_sec ?? 0) - before) < 60);
      assert.is(info?.[family === 4 ? 'ipi_addr' : 'ipi6_addr'], address as never);
      assert.ok((info?.[family === 4 ? 'ipi_ifindex' : 'ipi6_ifindex'] ?? 0) > 0);
      a.sendSync('x', { to: b.address });
      assert.equal(b.receiveSync().messages, []);
    }),
  );

  t.test(`${v}: an error of what was sent stands in the queue, with what it was about and who said so`, () =>
    withUdp(address, { recverr: true }, async (a, b) => {
      const dead = deadAddress(address);
      assert.is((await thrownBy(() => a.receiveSync({ errorQueue: true }))).code, 'EAGAIN');
      a.sendSync('is anybody there', { to: dead });
      await untilRefused(a);
      const error = a.receiveSync({ errorQueue: true });
      const MSG_ERRQUEUE = 0x2000;
      assert.equal([error.data.toString(), error.from], ['is anybody there', dead]);
      assert.ok(error.flags & MSG_ERRQUEUE);
      const { ee, offender } = named(error)[recverr as string] as Record<string, Record<string, unknown>>;
      assert.is(ee?.ee_errno, 111);
      assert.is(offender?.[family === 4 ? 'sin_addr' : 'sin6_addr'], address);
      assert.is((await thrownBy(() => a.receiveSync({ errorQueue: true }))).code, 'EAGAIN');
      assert.is((await thrownBy(() => a.receive({ errorQueue: true, timeout: 5 }))).code, 'ETIMEDOUT');
      // One that is waited for, beside a receive that waits for messages: that one fails of it, unless it comes second.
      const waiting = a.receive({ errorQueue: true, timeout: 20_000 });
      const message = a.receive().then(
        ({ data }) => String(data),
        ({ code }) => code,
      );
      await sleep(5);
      a.sendSync('again', { to: dead });
      assert.is(String((await waiting).data), 'again');
      b.sendSync('a message', { to: a.address });
      assert.ok(['ECONNREFUSED', 'a message'].includes(await message));
    }),
  );

  t.test(`${v}: errors that nobody takes from the queue do not keep the event loop busy while a receive waits`, () =>
    withUdp(address, { recverr: true }, async (a, b) => {
      const dead = deadAddress(address);
      a.sendSync('x', { to: dead });
      await untilRefused(a);
      for (const wait of [() => a.receive(), () => a.receiveMany()]) {
        const waiting = wait();
        // How much of the time the loop did not wait for events, at best: one that turns without end never does.
        let least = 1;
        for (let i = 0; i < 5 && least >= 0.5; i++) {
          const before = performance.eventLoopUtilization();
          await sleep(300);
          least = Math.min(least, performance.eventLoopUtilization(before).utilization);
        }
        assert.ok(least < 0.5, `${least} of the time`);
        b.sendSync('there', { to: a.address });
        const [message = await waiting] = [await waiting].flat();
        assert.is(String((message as UdpMessage).data), 'there');
      }
    }),
  );

  t.test(`${v}: data is cut into datagrams as udp_segment says, and comes as one with their size where gro is on`, () =>
    withUdp(address, { gro: true }, async (grown, b) => {
      const plain = UdpSocket.bindSync({ address });
      const data = Buffer.alloc(3500, 'abcdefg');
      b.sendSync(data, { to: plain.address, control: [{ udp_segment: 1000 }] });
      const parts = plain.receiveManySync();
      assert.equal(
        parts.map(({ size }) => size),
        [1000, 1000, 1000, 500],
      );
      assert.ok(Buffer.concat(parts.map((part) => part.data)).equals(data));
      b.sendSync(data, { to: grown.address, control: [{ udp_segment: 1000 }] });
      const whole = grown.receiveSync();
      assert.equal([whole.data.equals(data), named(whole)], [true, { udp_gro: 1000 }]);
      plain.closeSync();
    }),
  );

  t.test(`${v}: how many messages a full queue has cost is told, once some were lost`, () =>
    withUdp(address, { rxqOverflow: true }, async (a, b) => {
      const data = Buffer.alloc(1000);
      const flood = Array.from({ length: 2000 }, () => ({ data, to: a.address }));
      assert.is(b.sendManySync(flood), 2000);
      const there = a.receiveManySync({ most: 2000 });
      assert.ok(there.length < 2000);
      b.sendSync('x', { to: a.address });
      assert.is(named(a.receiveSync()).rxq_ovfl, 2000 - there.length);
    }),
  );

  t.test(`${v}: a port that is taken is refused, and shared where both ask for it`, async () => {
    for (const options of [{}, { reusePort: true }, { reuseAddress: true }]) {
      await withUdp(address, options, async (a) => {
        const again = { address, port: a.address.port };
        const error = await thrownBy(() => UdpSocket.bindSync(again));
        assert.is(error.code, 'EADDRINUSE');
        assert.match(error.message, /bind to .*: EADDRINUSE.*another socket has that port/);
        if (Object.keys(options).length > 0) UdpSocket.bindSync({ ...again, ...options }).closeSync();
      });
    }
  });

  t.test(`${v}: what a datagram cannot hold is refused with how much it can, and cut where the room is less`, () =>
    withUdp(address, {}, async (a, b) => {
      const error = await thrownBy(() => b.sendSync(Buffer.alloc(65_600), { to: a.address }));
      assert.is(error.code, 'EMSGSIZE');
      assert.match(error.message, /65507/);
      b.sendSync('abcdef', { to: a.address });
      const cut = (await thrownBy(() => a.receiveSync({ maxData: 2 }))) as Error & { data?: Buffer; from?: unknown };
      assert.equal([cut.data?.toString(), cut.from], ['ab', b.address]);
      const many = (await thrownBy(() =>
        b.sendManySync([
          { data: '1', to: a.address },
          { data: Buffer.alloc(65_600), to: a.address },
          { data: '3', to: a.address },
        ]),
      )) as Error & { messagesSent?: number };
      assert.is(many.messagesSent, 1);
      assert.equal(
        a.receiveManySync().map(({ data }) => data.toString()),
        ['1'],
      );
    }),
  );

  t.test(`${v}: nobody to send to, descriptors, credentials and options of others are refused`, () =>
    withUdp(address, {}, async (a, b) => {
      assert.is((await thrownBy(() => b.sendSync('x'))).code, 'EDESTADDRREQ');
      for (const options of [{ fds: [0] }, { credentials: true }, { fds: [0], transfer: true }, { resume: true }]) {
        const error = await thrownBy(() => b.sendSync('x', { to: a.address, ...options } as never));
        assert.is(error.code, 'ERR_INVALID_ARGUMENT', error.message);
        const many = await thrownBy(() => b.sendManySync([{ data: 'x', to: a.address, ...options } as never]));
        assert.is(many.code, 'ERR_INVALID_ARGUMENT', many.message);
      }
      for (const options of [
        { credentials: true },
        { pidfd: true },
        { inq: true },
        { maxFds: 1 },
        { mode: 1 },
        { family: 5 },
        { ttl: 64 },
        { family: family === 4 ? 6 : 4 },
      ]) {
        const error = await thrownBy(() => UdpSocket.bindSync({ address, ...options } as never));
        assert.is(error.code, 'ERR_INVALID_ARGUMENT', error.message);
      }
      assert.is((await thrownBy(() => a.receiveSync())).code, 'EAGAIN');
    }),
  );

  t.test(`${v}: a bind, connect or send that fails leaves nothing open`, async () => {
    const before = await settledFds();
    for (const attempt of [
      () => UdpSocket.bindSync({ address: family === 4 ? '192.0.2.1' : '2001:db8::1' }),
      () => UdpSocket.bind({ address: family === 4 ? '192.0.2.1' : '2001:db8::1' }),
      () => UdpSocket.bindSync({ address, port: 70000 }),
      () => UdpSocket.connectSync({ address, port: 0 }),
      () => UdpSocket.connect({ address } as never),
    ]) {
      assert.instance(await thrownBy(attempt), Error);
    }
    await untilOpen(before);
  });
}

t.test('IPv4: a message is sent from the address that pktinfo says', () =>
  withUdp('127.0.0.1', {}, (a) => {
    const any = UdpSocket.bindSync();
    const control = [{ pktinfo: { ipi_ifindex: 0, ipi_spec_dst: '127.0.0.2', ipi_addr: '0.0.0.0' } }];
    any.sendSync('x', { to: a.address, control });
    assert.equal(a.receiveSync().from, { address: '127.0.0.2', port: any.address.port, family: 4 });
    any.closeSync();
  }),
);

t.test('IPv6 takes IPv4 by mapped addresses, with what IPv4 says of a message, unless it is v6only', async () => {
  const both = UdpSocket.bindSync({ family: 6, pktinfo: true, ttl: true, tos: true });
  const ipv4 = UdpSocket.bindSync({ address: '127.0.0.1' });
  ipv4.sendSync('x', { to: { address: '127.0.0.1', port: both.address.port } });
  const message = both.receiveSync();
  assert.equal(message.from, { address: '::ffff:127.0.0.1', port: ipv4.address.port, family: 6 });
  const { ttl, tos, pktinfo6 } = named(message);
  assert.equal([ttl, tos, (pktinfo6 as { ipi6_addr: string }).ipi6_addr], [64, 0, '::ffff:7f00:1']);
  both.sendManySync([
    { data: 'a', to: message.from },
    { data: 'b', to: ipv4.address },
  ]);
  assert.equal(
    ipv4.receiveManySync().map(({ data }) => data.toString()),
    ['a', 'b'],
  );
  both.closeSync();
  const alone = UdpSocket.bindSync({ family: 6, v6only: true });
  assert.is((await thrownBy(() => alone.sendSync('x', { to: ipv4.address }))).code, 'ENETUNREACH');
  alone.closeSync();
  const wrong = await thrownBy(() => ipv4.sendSync('x', { to: { address: '::1', port: 1 } }));
  assert.match(wrong.message, /is an IPv6 address, and this is an IPv4 socket/);
  assert.match((await thrownBy(() => UdpSocket.bindSync({ address: '127.0.0.1', v6only: true }))).message, /v6only/);
  ipv4.closeSync();
});

t.test(
  'a UDP socket that is there already is adopted, of either family, and anything else stays the caller’s',
  async () => {
    for (const { address, family } of FAMILIES) {
      const number = UdpSocket.bindSync({ address }).release();
      const before = await settledFds();
      for (const options of [{ reusePort: true }, { v6only: true }, { credentials: true }, { ttl: 5 }]) {
        const refused = await thrownBy(() => UdpSocket.adopt(number, options as never));
        assert.is(refused.code, 'ERR_INVALID_ARGUMENT');
      }
      assert.equal(await settledFds(), before);
      const adopted = UdpSocket.adopt(number, { ttl: true });
      assert.equal([adopted.fd, adopted.address.address], [number, address]);
      const sender = UdpSocket.bindSync({ address });
      sender.sendSync('x', { to: adopted.address });
      assert.equal(named(adopted.receiveSync()), { [family === 4 ? 'ttl' : 'hoplimit']: 64 });
      for (const each of [adopted, sender]) each.closeSync();
    }
    const [a, b] = socketpair({ type: 'dgram' });
    const unix = a.release();
    assert.match(
      (await thrownBy(() => UdpSocket.adopt(unix))).message,
      /is a Unix datagram socket \(UnixDatagram.adopt takes it\)/,
    );
    assert.match((await thrownBy(() => UdpSocket.adopt(999_999))).message, /not open|EBADF|no socket/);
    const udp = UdpSocket.bindSync().release();
    assert.match((await thrownBy(() => UnixDatagram.adopt(udp))).message, /UdpSocket.adopt takes it/);
    b.closeSync();
    for (const each of [unix, udp]) closeSync(each);
    const UDP_LITE = 136;
    const lite = plainSocket(2, 2, UDP_LITE);
    if (lite < 0) return;
    assert.match((await thrownBy(() => UdpSocket.adopt(lite))).message, /another protocol than UDP/);
    closeSync(lite);
  },
);

t.test('random batches come as the same messages one at a time do, with what IP says of each', () =>
  withUdp('127.0.0.1', { ttl: true, tos: true }, (a, b) =>
    withUdp('127.0.0.1', { ttl: true, tos: true }, (c) => {
      const from = seed();
      const { below, bytes, pick } = random(from);
      for (let round = 0; round < 100; round++) {
        const messages = Array.from({ length: below(80) + 1 }, () => ({
          data: bytes(pick([0, 1, 64, 65, 1000, 4096])),
          control: pick<ControlMessage[]>([[], [{ ttl: below(255) + 1 }], [{ tos: below(64) << 2 }, { ttl: 3 }]]),
        }));
        assert.is(b.sendManySync(messages.map((message) => ({ ...message, to: a.address }))), messages.length);
        for (const { data, control } of messages) b.sendSync(data, { control, to: c.address });
        const one = messages.flatMap(() => receivable(() => c.receiveSync()) ?? []);
        const many: UdpMessage[] = [];
        for (
          let some = receivable(() => a.receiveManySync({ most: 33 }));
          some;
          some = receivable(() => a.receiveManySync())
        ) {
          many.push(...some);
        }
        assert.equal(many, one, `seed ${from}, round ${round}`);
      }
    }),
  ),
);

t.test('a batch that goes to many receivers, of which none can be full, is sent whole at once', () =>
  withUdp('127.0.0.1', {}, async (a, b) => {
    const third = UdpSocket.bindSync({ address: '127.0.0.1' });
    const messages = Array.from({ length: 200 }, (_, i) => ({ data: `${i}`, to: (i % 2 === 0 ? a : third).address }));
    assert.is(await b.sendMany(messages), 200);
    const came = [a, third].map((socket) => socket.receiveManySync({ most: 200 }).map(({ data }) => Number(data)));
    assert.equal(
      came,
      [0, 1].map((first) => Array.from({ length: 100 }, (_, i) => first + 2 * i)),
    );
    third.closeSync();
  }),
);

t.test('messages come one after the other in a loop and to a callback, which end with the socket', () =>
  withUdp('127.0.0.1', {}, async (a, b) => {
    const to = a.address;
    b.sendManySync(['1', '2', '3'].map((data) => ({ data, to })));
    const came: string[] = [];
    for await (const { data, from } of a) {
      assert.equal(from, b.address);
      came.push(String(data));
      if (came.length === 2) break;
    }
    const end = a.forEachMessage(({ data }) => {
      came.push(String(data));
      if (came.length === 4) a.closeSync();
    });
    b.sendSync('4', { to });
    assert.is((await thrownBy(() => end)).code, 'ERR_CLOSED');
    assert.equal(came, ['1', '2', '3', '4']);
  }),
);

t.test('the queue of errors is no option of a Unix socket', async () => {
  const [a, b] = socketpair({ type: 'dgram' });
  assert.match((await thrownBy(() => a.receiveSync({ errorQueue: true } as never))).message, /no option 'errorQueue'/);
  for (const each of [a, b]) each.closeSync();
});

t.table<unknown, unknown>(
  [
    {
      name: 'a name is to be looked up first',
      in: { address: 'localhost', port: 1 },
      err: /a host name is to be looked up/,
    },
    { name: 'text for a port', in: { address: '127.0.0.1', port: '53' }, err: /port must be an integer/ },
    { name: 'port 0', in: { address: '127.0.0.1', port: 0 }, err: /port must be an integer from 1/ },
    { name: 'a port beyond 65535', in: { address: '127.0.0.1', port: 65536 }, err: /port must be an integer/ },
    { name: 'no port', in: { address: '127.0.0.1' }, err: /port must be an integer/ },
    { name: 'text', in: '127.0.0.1:53', err: /must be an address and a port, like/ },
    { name: 'null', in: null, err: /must be an address and a port, like/ },
    { name: 'an octal IPv4 address', in: { address: '127.0.0.01', port: 1 }, err: /address must be an IPv4 or IPv6/ },
    {
      name: 'a family that is not the address’s',
      in: { address: '::1', port: 1, family: 4 },
      err: /family 4 is not that/,
    },
    {
      name: 'an unknown interface',
      in: { address: 'fe80::1%nix', port: 1 },
      err: /no network interface 'nix' \(ENODEV\)/,
    },
    { name: 'an interface with a NUL', in: { address: 'fe80::1%lo\0', port: 1 }, err: /no network interface 'lo/ },
    {
      name: 'an interface of 300 letters',
      in: { address: `fe80::1%${'l'.repeat(300)}`, port: 1 },
      err: /no network interface/,
    },
    { name: 'an empty interface', in: { address: 'fe80::1%', port: 1 }, err: /no network interface ''/ },
    { name: 'two interfaces', in: { address: 'fe80::1%lo', port: 1, scope: 1 }, err: /names its interface already/ },
    {
      name: 'a scope that is negative',
      in: { address: 'fe80::1', port: 1, scope: -1 },
      err: /scope must be an integer/,
    },
    {
      name: 'a scope of IPv4',
      in: { address: '127.0.0.1', port: 1, scope: 1 },
      err: /only an IPv6 address has a scope/,
    },
    { name: 'an unknown member', in: { address: '::1', port: 1, host: 'x' }, err: /no option 'host'/ },
    {
      name: 'a scope by name',
      in: { address: 'fe80::1', port: 5, scope: 'lo' },
      out: { address: 'fe80::1', port: 5, family: 6, scope: 1 },
    },
    {
      name: 'a scope by name, in the address',
      in: { address: 'fe80::1%lo', port: 5 },
      out: { address: 'fe80::1', port: 5, family: 6, scope: 1 },
    },
    {
      name: 'a scope by index, in the address',
      in: { address: 'fe80::1%77', port: 5 },
      out: { address: 'fe80::1', port: 5, family: 6, scope: 77 },
    },
    {
      name: 'IPv4 in IPv6',
      in: { address: '::FFFF:1.2.3.4', port: 5 },
      out: { address: '::ffff:1.2.3.4', port: 5, family: 6 },
    },
    { name: 'IPv4', in: { address: '1.2.3.4', port: 65535 }, out: { address: '1.2.3.4', port: 65535, family: 4 } },
  ],
  (given) => {
    const checked = checkInetAddress(given as never, 'to', 1);
    return decodeInetAddress(encodeInetAddress(checked, checked.domain));
  },
);

t.test('addresses are taken exactly where node:net takes them, and are told as they were given', () => {
  const from = seed();
  const { below, pick } = random(from);
  const group = () => pick(['', '0', '1', 'ffff', 'abcd', '00001', 'g', '1.2.3.4', '256.1.1.1', '01.2.3.4', '::']);
  let good = 0;
  for (let i = 0; i < 20_000; i++) {
    const text =
      below(3) === 0
        ? Array.from({ length: 4 }, () => pick(['0', '1', '255', '256', '01', '', ' 1', '1e1'])).join('.')
        : Array.from({ length: pick([3, 7, 8, 8, 9]) }, group).join(':');
    const family = isIPv4(text) ? 4 : isIPv6(text) ? 6 : 0;
    let decoded: ReturnType<typeof decodeInetAddress>;
    try {
      const checked = checkInetAddress({ address: text, port: 1 }, 'to', 1);
      decoded = decodeInetAddress(encodeInetAddress(checked, AF[checked.ip.length === 4 ? 4 : 6]));
    } catch {
      decoded = undefined;
    }
    assert.is(decoded?.family ?? 0, family, `${text}, seed ${from}`);
    if (!decoded) continue;
    good++;
    const again = checkInetAddress(decoded, 'to', 1);
    assert.equal(decodeInetAddress(encodeInetAddress(again, again.domain)), decoded);
  }
  assert.ok(good > 100, `${good} good ones`);
});

t.test('bytes that are no address of either family are none', () => {
  for (const bytes of [
    [],
    [2],
    [2, 0],
    [2, 0, 1, 2, 3],
    [10, 0, ...new Array(20).fill(1)],
    [1, 0, 65, 66],
    new Array(28).fill(255),
  ]) {
    assert.is(decodeInetAddress(Uint8Array.from(bytes)), undefined);
  }
});

t.test('control messages that the kernel does not take are refused with its errno, and nothing is sent', () =>
  withUdp('127.0.0.1', {}, async (a, b) => {
    for (const control of [[{ ttl: 256 }], [{ udp_segment: 1 }], [{ level: 0, type: 8, data: new Uint8Array(3) }]]) {
      const error = await thrownBy(() => b.sendSync(Buffer.alloc(2000), { to: a.address, control } as never));
      assert.ok(['EINVAL', 'EMSGSIZE'].includes(error.code ?? ''), error.message);
    }
    assert.is(
      (await thrownBy(() => b.sendSync('x', { to: a.address, control: [{ tttl: 1 }] } as never))).code,
      'ERR_INVALID_ARGUMENT',
    );
    assert.is((await thrownBy(() => a.receiveSync())).code, 'EAGAIN');
    const { control } = encode('x86_64-glibc', [{ ttl: 9 }]);
    assert.ok(control.length > 0);
  }),
);

t.run();
