/**
 * Programs that `require('usocket')` and `require('unix-dgram')`, as they are in npm's registry: with npm's `overrides`
 * they get the drop-ins of this package, and pass descriptors through a real dbus-daemon and statistics to a real socket.
 */
import { realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UnixDatagram } from 'ancillary';
import * as assert from 'uvu/assert';
import { withBus } from '../support/dbus.js';
import { makeProject } from '../support/npm-project.js';
import { run } from '../support/process.js';
import { suite } from '../support/suite.js';
import { lacks } from '../support/tools.js';

const t = suite('dependents');

const DROP_IN = 'file:node_modules/ancillary/build/drop-in';
/** Registry names, in the versions that were tried. */
const DEPENDENTS = {
  'dbus-next': '0.10.2',
  'dbus-native': '0.13.0',
  'hot-shots': '17.1.1',
  winston: '3.19.0',
  'winston-syslog': '2.7.1',
};

const project = await makeProject(DEPENDENTS, { usocket: `${DROP_IN}/usocket`, 'unix-dgram': `${DROP_IN}/unix-dgram` });
const noDaemon = lacks('dbus-daemon', '--version');

/** Runs a CommonJS program in the project, which has to print `ok` at last. */
async function runThere(folder: string, text: string, env: Record<string, string>): Promise<string> {
  const file = join(folder, 'program.cjs');
  writeFileSync(file, text);
  const { stdout, stderr, code } = await run([process.execPath, file], { env });
  assert.equal([code, stderr.replace(/^.*(DeprecationWarning|--trace-deprecation).*\n/gm, '')], [0, '']);
  return stdout.toString();
}

/** What both D-Bus programs need. */
const FILES = `
  const fs = require('node:fs');
  const { join } = require('node:path');
  const open = (i) => fs.openSync(join(__dirname, 'file-' + (i % 50)), 'w');
  const same = (a, b) => { const [x, y] = [fs.fstatSync(a), fs.fstatSync(b)]; return x.ino === y.ino && x.dev === y.dev; };
  const openFds = () => fs.readdirSync('/proc/self/fd').length;
`;

const DBUS_NEXT = `${FILES}
  const dbus = require('dbus-next');
  // Fewer than the daemon lets one connection wait for.
  const COUNT = 100;
  const connect = () => new Promise((resolve, reject) => {
    const bus = dbus.sessionBus({ negotiateUnixFd: true });
    bus.once('connect', () => resolve(bus));
    bus.once('error', reject);
  });
  (async () => {
    const [service, client] = [await connect(), await connect()];
    if (!service._connection.stream.supportsUnixFd) throw new Error('no descriptors on this stream');
    // Sends back each descriptor that it gets.
    service.addMethodHandler((message) => {
      if (message.member !== 'Echo') return false;
      const [fd, i] = message.body;
      service.send(dbus.Message.newMethodReturn(message, fd === undefined ? 'i' : 'hi', message.body));
      setTimeout(() => fs.closeSync(fd), 500);
      return true;
    });
    const call = async (i) => {
      const fd = open(i);
      const { body } = await client.call(new dbus.Message({
        destination: service.name, path: '/x', interface: 'x.y', member: 'Echo', signature: 'hi', body: [fd, i],
      }));
      const isSame = body[1] === i && same(body[0], fd);
      fs.closeSync(body[0]);
      fs.closeSync(fd);
      return isSame;
    };
    const one = await call(0);
    // All at once: several messages with descriptors come in one receive.
    const all = [];
    for (let round = 0; round < 5; round++) {
      all.push(...(await Promise.all(Array.from({ length: COUNT }, (_, i) => call(i)))));
    }
    await new Promise((resolve) => setTimeout(resolve, 700));
    const before = openFds();
    service.disconnect();
    client.disconnect();
    for (let i = 0; i < 100 && before - openFds() < 2; i++) await new Promise((resolve) => setTimeout(resolve, 100));
    console.log(one, all.every(Boolean), before - openFds());
  })();
`;

const DBUS_NATIVE = `${FILES}
  const dbus = require('dbus-native');
  const { USocket } = require('ancillary/usocket');
  const connect = () => new Promise((resolve, reject) => {
    const stream = new USocket(process.env.BUS_PATH);
    const bus = dbus.createClient({ stream });
    bus.connection.once('connect', () => resolve(bus));
    bus.connection.once('error', reject);
  });
  (async () => {
    const [service, client] = [await connect(), await connect()];
    console.log(service.connection.canPassFds, client.connection.unixFdsAgreed);
    service.connection.on('message', (message) => {
      if (message.member !== 'Take') return;
      const fd = (message.fds ?? message.body)[0];
      const mine = open(1);
      console.log(same(typeof fd === 'number' ? fd : fd.fd, mine));
      service.connection.end();
      client.connection.end();
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    client.connection.message({
      type: 1, serial: 99, destination: service.name, path: '/x', interface: 'x.y', member: 'Take', flags: 1,
      signature: 'h', body: [open(1)],
    });
  })();
`;

const HOT_SHOTS = `
  const StatsD = require('hot-shots');
  const client = new StatsD({ protocol: 'uds', path: process.env.STATS_PATH, maxBufferSize: 0 });
  client.increment('hits', 2);
  client.gauge('level', 5, ['a:b'], (error) => {
    if (error) throw error;
    client.close((error) => console.log(error ?? 'closed'));
  });
`;

const SYSLOG = `
  const winston = require('winston');
  const { Syslog } = require('winston-syslog');
  const log = (protocol) => {
    const transport = new Syslog({ protocol, path: process.env.LOG_PATH, app_name: 'app', localhost: 'host' });
    transport.on('logged', () => { logger.close(); console.log(protocol); });
    const logger = winston.createLogger({ levels: winston.config.syslog.levels, transports: [transport] });
    logger.info('by ' + protocol);
  };
  log('unix');
  log('unix-connect');
`;

if ('problem' in project) {
  t.skip('programs of the registry', `npm cannot install them: ${project.problem}`);
} else {
  const { folder, remove } = project;
  t.after(remove);

  t.test('the drop-ins are what these programs find, and are the same library', async () => {
    for (const name of ['usocket', 'unix-dgram']) {
      assert.ok(realpathSync(join(folder, 'node_modules', name)).endsWith(`ancillary/build/drop-in/${name}`));
    }
    const text = `
      const { createRequire } = require('node:module');
      const find = (from, name) => createRequire(require.resolve(from))(name);
      console.log(
        find('dbus-next', 'usocket') === require('ancillary/usocket'),
        find('hot-shots', 'unix-dgram') === require('ancillary/unix-dgram'),
      );
    `;
    assert.is(await runThere(folder, text, {}), 'true true\n');
  });

  if (noDaemon) t.skip('dbus-next and dbus-native pass descriptors', noDaemon);
  else {
    t.test(
      'dbus-next passes descriptors through dbus-daemon, each with its own message, also when many come at once',
      () =>
        withBus(folder, async (address) => {
          assert.is(await runThere(folder, DBUS_NEXT, { DBUS_SESSION_BUS_ADDRESS: address }), 'true true 2\n');
        }),
    );
    t.test('dbus-native passes descriptors over a USocket given as its stream', () =>
      withBus(folder, async (_, path) => {
        assert.is(await runThere(folder, DBUS_NATIVE, { BUS_PATH: path }), 'true true\ntrue\n');
      }),
    );
  }

  t.test('hot-shots sends statistics to a Unix datagram socket', async () => {
    const path = join(folder, 'stats');
    const receiver = UnixDatagram.bindSync(path);
    try {
      assert.is(await runThere(folder, HOT_SHOTS, { STATS_PATH: path }), 'closed\n');
      const texts = [await receiver.receive(), await receiver.receive()].map(({ data }) => data.toString().trim());
      assert.equal(texts, ['hits:2|c', 'level:5|g|#a:b']);
    } finally {
      receiver.closeSync();
    }
  });

  t.test('winston-syslog logs to a Unix datagram socket, connected and not', async () => {
    const path = join(folder, 'log');
    const receiver = UnixDatagram.bindSync(path);
    try {
      assert.is((await runThere(folder, SYSLOG, { LOG_PATH: path })).split('\n').length, 3);
      const texts = [await receiver.receive(), await receiver.receive()].map(({ data }) => data.toString());
      assert.equal(texts.map((text) => /by unix(-connect)?/.exec(text)?.[0]).sort(), ['by unix', 'by unix-connect']);
      for (const text of texts) assert.match(text, /^<134>.* host app\[\d+\]: /);
    } finally {
      receiver.closeSync();
    }
  });
}

t.run();
